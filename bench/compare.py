"""How long `netwright compare` takes on adult with its default settings, and what it says."""

from __future__ import annotations

import tempfile
from pathlib import Path

from common import announce, arguments, data_file, netwright, row

AT_MOST_SECONDS = 300.0


def main() -> None:
    options = arguments(__doc__ or "").parse_args()
    announce("compare on adult, default settings")
    path = data_file(options.data, "tabular/adult_train.csv")
    if path is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        answer, seconds = netwright("compare", path.resolve(), "--target", "income", folder=Path(folder))
    print(answer["verdict"])
    for model in answer["standings"]["models"]:
        row(f"{model['label']}: {answer['metric_name']}", model["scores"], digits=4)
        print(
            f"    rank {model['rank']:.1f}, to learn {model['fit_seconds']:.1f} s, a thousand answers "
            f"{1000 * model['predict_seconds']:.0f} ms, {model['size'] / 1000:,.0f} kB"
        )
    for absence in answer["left_out"]:
        print(f"left out: {absence['label']}: {absence['reason']}")
    for remark in answer["remarks"]:
        print(remark)
    row("the whole command", [seconds], "s", at_most=AT_MOST_SECONDS, digits=0)


if __name__ == "__main__":
    main()
