"""Word vectors beside gensim's: time and agreement with people, the same text and the same settings.

    python bench/word_vectors.py --data FOLDER --gensim PYTHON [--seeds 3] [--workers 2]

gensim runs in a Python of its own that has it installed: python -m venv g && g/bin/pip install gensim.
Both get sentences that are cut into words already; vectors of both are judged by the same lines of code.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

import netwright as nw
from common import announce, arguments, row

SETTINGS: dict[str, Any] = {
    "dimension": 100,
    "window": 5,
    "negatives": 5,
    "min_count": 5,
    "subsample": 1e-3,
    "epochs": 5,
}
JUDGE = "EN-WS-353-ALL.txt"

THEIRS = """
import json, sys, time
from gensim.models import Word2Vec
text, out, seed, workers, sg = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
sentences = [line.split() for line in open(text, encoding="utf-8")]
begun = time.perf_counter()
model = Word2Vec(sentences, vector_size=100, window=5, negative=5, min_count=5, sample=1e-3, epochs=5,
                 sg=sg, seed=seed, workers=workers)
seconds = time.perf_counter() - begun
model.wv.save_word2vec_format(out)
print(json.dumps(seconds))
"""


def main() -> int:
    """Measure both architectures; return 1 if a bound was missed."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--gensim", type=Path, help="a Python that has gensim")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--share", type=float, default=1.0, help="share of the text, to try the script out")
    asked = parser.parse_args()
    announce("word vectors")
    if asked.data is None:
        print("   skipped: give the folder of the data sets as --data or in NETWRIGHT_DATA")
        return 0
    sentences = read_sentences(asked.data / "text" / "embedding_corpus")
    sentences = sentences[: round(asked.share * len(sentences))]
    print(f"   {sum(map(len, sentences)):,} words in {len(sentences):,} sentences", flush=True)
    judges = sorted((asked.data / "text" / "word_similarity").glob("*.txt"))
    met = [_architecture(name, sentences, judges, asked) for name in ("skip_gram", "cbow")]
    return 0 if met[0] else 1


def _architecture(name: str, sentences: list[list[str]], judges: list[Path], asked: Any) -> bool:
    ours, theirs, times = [], [], []
    for seed in range(asked.seeds):
        begun = time.perf_counter()
        made = nw.WordVectors(**SETTINGS, architecture=name, seed=seed).fit(sentences)
        spent = time.perf_counter() - begun
        ours.append(_judged(made, judges))
        _tell(f"{name}, seed {seed}: netwright", spent, ours[-1])
        if asked.gensim is not None:
            seconds, vectors = _gensim(asked.gensim, sentences, seed, asked.workers, name)
            theirs.append(_judged(vectors, judges))
            times.append(spent / seconds)
            _tell(f"{name}, seed {seed}: gensim   ", seconds, theirs[-1])
    if not theirs:
        return row(f"{name}: Spearman on WS-353", [one[JUDGE] for one in ours])
    pairs = list(zip(ours, theirs, strict=True))
    gained = row(f"{name}: WS-353 beyond gensim's", [a[JUDGE] - b[JUDGE] for a, b in pairs], at_least=-0.02)
    ratios = [_mean(a) / _mean(b) for a, b in pairs]
    overall = row(f"{name}: mean of judges, times gensim's", ratios, at_least=1.0)
    return row(f"{name}: time, times gensim's", times, at_most=1.5) and gained and overall


def _judged(vectors: nw.WordVectors, judges: list[Path]) -> dict[str, float]:
    return {judge.name: vectors.evaluate(judge).correlation for judge in judges}


def _mean(judged: dict[str, float]) -> float:
    return float(np.nanmean(list(judged.values())))


def _tell(name: str, seconds: float, judged: dict[str, float]) -> None:
    told = f"WS-353 {judged[JUDGE]:.4f}, mean of {len(judged)} judges {_mean(judged):.4f}"
    print(f"   {name} {seconds:.1f} s, {told}", flush=True)


def _gensim(
    python: Path, sentences: list[list[str]], seed: int, workers: int, name: str
) -> tuple[float, nw.WordVectors]:
    """Return the seconds of gensim's training alone, and its vectors."""
    with tempfile.TemporaryDirectory() as folder:
        text, out = Path(folder) / "text.txt", Path(folder) / "vectors.txt"
        text.write_text("\n".join(" ".join(sentence) for sentence in sentences), encoding="utf-8")
        skip_gram = str(int(name == "skip_gram"))
        command = [str(python), "-c", THEIRS, str(text), str(out), str(seed), str(workers), skip_gram]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
        return float(json.loads(answer.stdout)), nw.WordVectors.from_text(out)


def read_sentences(place: Path) -> list[list[str]]:
    """Return the corpus as sentences of lower-case words, marks of XML taken out."""
    sentences = []
    for file in sorted(place.iterdir()):
        for text in _texts(file):
            plain = re.sub(r"<[^>]*>", " ", text)
            for sentence in re.split(r"[.!?]\s+|\n\s*\n", plain):
                words = re.findall(r"[a-z]+(?:'[a-z]+)?", sentence.lower())
                if words:
                    sentences.append(words)
    return sentences


def _texts(file: Path) -> list[str]:
    if file.suffix != ".zip":
        return [file.read_text(encoding="latin-1")]
    with zipfile.ZipFile(file) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith((".txt", ".xml")))
        return [archive.read(name).decode("latin-1") for name in names]


if __name__ == "__main__":
    sys.exit(main())
