"""Draw docs/images/transfer.png: accuracy over the number of labelled pictures, ours and the peer's.

The numbers are those that `images.py --only transfer` and `transfer_peer.py` printed for the first division
of the kinds (0, 1, 5, 8 and 9 are new), on the same pictures.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt

COUNTS = (10, 100, 500)
CURVES = {
    "netwright, from scratch": ((0.8376, 0.9630, 0.9722), "tab:blue", "--"),
    "netwright, from the body": ((0.8430, 0.9740, 0.9780), "tab:blue", "-"),
    "fastai, from scratch": ((0.7202, 0.9588, 0.9632), "tab:orange", "--"),
    "fastai, from the body, the better way": ((0.8600, 0.9664, None), "tab:orange", "-"),
}


def main() -> None:
    """Write the figure."""
    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    for name, (scores, colour, style) in CURVES.items():
        known = [(count, score) for count, score in zip(COUNTS, scores, strict=True) if score is not None]
        axes.plot(*zip(*known, strict=True), style, color=colour, marker="o", label=name)
    axes.axhline(1.0, color="grey", linewidth=0.8, linestyle=":")
    axes.set_xscale("log")
    axes.set_xticks(COUNTS, [f"{count}" for count in COUNTS])
    axes.minorticks_off()
    axes.set_xlabel("labelled pictures of five new kinds of clothes")
    axes.set_ylabel("accuracy on 5,000 test pictures")
    axes.set_title("A body trained on five other kinds, one division of the kinds")
    axes.legend(loc="lower right", fontsize=9)
    figure.savefig(Path(__file__).parents[1] / "docs" / "images" / "transfer.png", dpi=110)


if __name__ == "__main__":
    main()
