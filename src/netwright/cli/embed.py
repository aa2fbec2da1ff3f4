"""`netwright embed`: running text in, a vector for every word out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netwright.cli import options
from netwright.cli.output import note, print_json, say
from netwright.errors import RunError, listing

if TYPE_CHECKING:
    from netwright.estimators.word_vectors import WordVectors

EXAMPLES = """Examples:

netwright embed corpus.txt --out vectors.nw

netwright embed books/ --out vectors.txt --dimension 200 --subwords"""


Corpus = Annotated[Path, typer.Argument(help="A text file, or a folder or zip archive of them.")]
Out = Annotated[Path, typer.Option("--out", help="Where to write: .nw, or .txt in the format of word2vec.")]
Dimension = Annotated[int, typer.Option("--dimension", help="Numbers of a vector.")]
Cbow = Annotated[bool, typer.Option("--cbow", help="CBOW instead of skip-gram: faster.")]
Subwords = Annotated[
    bool, typer.Option("--subwords", help="Vectors of letter n-grams as well: for words never seen.")
]
Window = Annotated[int, typer.Option("--window", help="Words to either side.")]
MinCount = Annotated[int, typer.Option("--min-count", help="Rarer words get no vector.")]
Epochs = Annotated[int, typer.Option("--epochs", help="How often the text is read.")]
Time = Annotated[str | None, typer.Option("--time", help="What learning may take: 60s, 2m, 1h.")]


def embed(
    corpus: Corpus,
    out: Out = Path("vectors.nw"),
    dimension: Dimension = 100,
    cbow: Cbow = False,
    subwords: Subwords = False,
    window: Window = 5,
    min_count: MinCount = 5,
    epochs: Epochs = 5,
    time: Time = None,
    seed: options.SeedOrZero = 0,
    force: options.ReplaceFile = False,
    as_json: options.Json = False,
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
    if as_json:
        print_json(_facts(vectors, out))
    else:
        _print(vectors, out)


def _facts(vectors: WordVectors, out: Path) -> dict[str, Any]:
    return {
        "file": str(out),
        "words": len(vectors.words_),
        "dimension": vectors.dimension,
        "tokens": int(vectors.counts_.sum()),
        "epochs": vectors.epochs_,
        "seconds": vectors.seconds_,
        "loss": vectors.history_,
        "left_out": list(vectors.left_out_),
    }


def _print(vectors: WordVectors, out: Path) -> None:
    words, text = len(vectors.words_), int(vectors.counts_.sum())
    if vectors.left_out_:
        note(f"Left out as no text: {listing(vectors.left_out_, 6)}.")
    if vectors.epochs_ < vectors.epochs:
        read = f"the text was read {vectors.epochs_:.1f} times instead of {vectors.epochs}"
        note(f"The time of {vectors.time} was used up: {read}.")
    say(f"{words:,} words from {text:,} in {vectors.seconds_:.0f} s, written to {out}")
    note(f"See what is near: netwright similar {out} {vectors.words_[min(100, words - 1)]}")
