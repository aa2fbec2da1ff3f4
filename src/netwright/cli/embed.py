"""`netwright embed`: running text in, a vector for every word out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netwright.cli.options import Json
from netwright.cli.output import note, print_json, say
from netwright.errors import RunError, listing

EXAMPLES = """Examples:

netwright embed corpus.txt --out vectors.nw

netwright embed books/ --out vectors.txt --dimension 200 --subwords"""


def embed(
    corpus: Annotated[
        Path, typer.Argument(help="A text file, or a folder or zip archive of them.", show_default=False)
    ],
    out: Annotated[
        Path,
        typer.Option("--out", help="Where to write: .nw, or .txt in the format of word2vec."),
    ] = Path("vectors.nw"),
    dimension: Annotated[int, typer.Option("--dimension", help="Numbers of a vector.")] = 100,
    cbow: Annotated[bool, typer.Option("--cbow", help="CBOW instead of skip-gram: faster.")] = False,
    subwords: Annotated[
        bool, typer.Option("--subwords", help="Vectors of letter n-grams as well: for words never seen.")
    ] = False,
    window: Annotated[int, typer.Option("--window", help="Words to either side.")] = 5,
    min_count: Annotated[int, typer.Option("--min-count", help="Rarer words get no vector.")] = 5,
    epochs: Annotated[int, typer.Option("--epochs", help="How often the text is read.")] = 5,
    time: Annotated[
        str | None,
        typer.Option("--time", help="What learning may take: 60s, 2m, 1h.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of all random numbers.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
    as_json: Json = False,
) -> None:
    """Learn word vectors from running text: words in like company come to lie close together."""
    from netwright.estimators.word_vectors import WordVectors

    if out.exists() and not force:
        raise RunError(f"{out} exists already. Choose another name, or replace it with --force.")
    vectors = WordVectors(
        dimension,
        architecture="cbow" if cbow else "skip_gram",
        subwords=subwords,
        window=window,
        min_count=min_count,
        epochs=epochs,
        time=time,
        seed=seed,
    ).fit(corpus)
    (vectors.export if out.suffix in (".txt", ".vec") else vectors.save)(out)
    words, text = len(vectors.words_), int(vectors.counts_.sum())
    if as_json:
        print_json(
            {
                "file": str(out),
                "words": words,
                "dimension": dimension,
                "tokens": text,
                "epochs": vectors.epochs_,
                "seconds": vectors.seconds_,
                "loss": vectors.history_,
                "left_out": list(vectors.left_out_),
            }
        )
        return
    if vectors.left_out_:
        note(f"Left out as no text: {listing(vectors.left_out_, 6)}.")
    if vectors.epochs_ < epochs:
        read = f"the text was read {vectors.epochs_:.1f} times instead of {epochs}"
        note(f"The time of {time} was used up: {read}.")
    say(f"{words:,} words from {text:,} in {vectors.seconds_:.0f} s, written to {out}")
    note(f"See what is near: netwright similar {out} {vectors.words_[min(100, words - 1)]}")
