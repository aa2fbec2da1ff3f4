"""Labels planted wrong in 5 % of adult's training rows: how well ours finds them, beside cleanlab's.

Both see the same out-of-fold probabilities, of gradient boosting on five folds. Needs cleanlab.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from sklearn.metrics import average_precision_score

from common import announce, arguments, data_file, row
from netwright.audit.label_errors import wrong_classes
from netwright.audit.trial import Trial
from netwright.compare.game import Field
from netwright.data.kinds import infer_schema
from netwright.data.target import Target

SHARE = 0.05
METHODS = ("self_confidence", "normalized_margin", "confidence_weighted_entropy")


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    announce("label errors planted in 5 % of adult's training rows")
    path = data_file(options.data, "tabular/adult_train.csv")
    if path is None:
        return
    try:
        from cleanlab.rank import get_label_quality_scores
    except ImportError:
        print("cleanlab: skipped, it is not installed. pip install cleanlab")
        get_label_quality_scores = None
    frame = pl.read_csv(path, null_values="?", infer_schema_length=None)
    target, inputs = frame["income"], frame.drop("income")
    schema = infer_schema(inputs)
    ours: list[float] = []
    found: list[float] = []
    theirs: dict[str, list[float]] = {name: [] for name in METHODS}
    for seed in range(options.seeds):
        generator = np.random.default_rng(seed)
        wrong = np.zeros(frame.height, dtype=bool)
        wrong[generator.choice(frame.height, round(SHARE * frame.height), replace=False)] = True
        classes = sorted(target.unique().to_list())
        codes = (target == classes[1]).to_numpy() ^ wrong
        labels = pl.Series("income", [classes[int(code)] for code in codes])
        trial = Trial(Field(inputs, labels, schema, Target.infer(labels)), seed)
        truth = codes.astype(np.int64)
        result = wrong_classes(trial.outputs, truth)
        ours.append(float(average_precision_score(wrong, result.doubt)))
        found.append(float(wrong[result.suspects].mean()))
        for name in METHODS if get_label_quality_scores is not None else ():
            quality = get_label_quality_scores(truth, trial.outputs, method=name)
            theirs[name].append(float(average_precision_score(wrong, 1 - quality)))
        print(f"seed {seed}: {len(result.suspects):,} suspects, estimated share {result.share:.1%}")
    best = max((float(np.median(values)) for values in theirs.values() if values), default=0.0)
    for name, values in theirs.items():
        if values:
            row(f"cleanlab {name}: average precision", values, digits=4)
    row("ours: average precision", ours, digits=4, at_least=best)
    row("ours: share of planted among the suspects", found, digits=3)


if __name__ == "__main__":
    main()
