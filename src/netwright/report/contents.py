"""What a report is made of: plain data in frozen records, filled by whoever trained or evaluated.

Every part may be left out; the page then leaves out the section, or says why it is missing when
`ReportContents.absent` holds a reason under the part's name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from netwright.estimators.health import Health
from netwright.explain.check import Check
from netwright.findings import Finding
from netwright.report.measurements import (
    ClassificationEvaluation,
    Estimate,
    Importance,
    Mistake,
    ModelRow,
    Numbers,
    RegressionEvaluation,
)
from netwright.task import Task
from netwright.uncertainty.promises import Promises


@dataclass(frozen=True)
class TargetCounts:
    """How the target is distributed: counts of classes, or of numbers between edges.

    Attributes:
        counts: rows in each class or between neighbouring edges.
        labels: one name a class; empty for a regression.
        edges: one more than counts, ascending; empty for a classification.
    """

    counts: Sequence[int]
    labels: Sequence[str] = ()
    edges: Numbers = ()

    def __post_init__(self) -> None:
        assert len(self.counts) == (len(self.edges) - 1 if len(self.edges) else len(self.labels))


@dataclass(frozen=True)
class DataFacts:
    """Size of the data, how it was split and how the target is distributed."""

    rows: int
    columns: int
    train_rows: int
    validation_rows: int = 0
    test_rows: int = 0
    split_reason: str = ""
    target: TargetCounts | None = None


@dataclass(frozen=True)
class SequenceSample:
    """One sequence of the data: a channel of it over the steps, and what it shows."""

    name: str
    label: str
    channel: str
    steps: Sequence[float]


@dataclass(frozen=True)
class StandingOut:
    """Tokens that speak for a class, the strongest first."""

    label: str
    tokens: tuple[str, ...]


@dataclass(frozen=True)
class TextFacts:
    """What a network reads of texts.

    Attributes:
        known: different tokens that it knows.
        usual: tokens of the middle training text.
        longest: tokens of the longest that was looked at, as far as they are read.
        new: share of the test texts' tokens that it does not know.
        example: the tokens of one training text.
        standing_out: for each class.
    """

    known: int
    usual: int
    longest: int
    new: float
    example: tuple[str, ...] = ()
    standing_out: tuple[StandingOut, ...] = ()


@dataclass(frozen=True)
class PictureSample:
    """One picture of the data, as a data URI, and what it shows."""

    uri: str
    label: str


@dataclass(frozen=True)
class ColumnFact:
    """One input column: its kind, whether the network uses it, why, and its share of missing values."""

    name: str
    kind: str
    used: bool = True
    reason: str = ""
    missing: float = 0.0


@dataclass(frozen=True)
class RecipeRow:
    """One setting of the recipe and the reason for it."""

    field: str
    value: str
    reason: str = ""


@dataclass(frozen=True)
class HistoryPoint:
    """One look at the training, usually once an epoch.

    Attributes:
        epoch: visits of all training rows so far, such as 2.5.
        step: updates of the weights so far.
        train_loss: mean loss since the last look.
        validation_loss: on rows that are not trained on; None without such rows.
        metrics: validation scores by name.
        learning_rate: of the last step.
        seconds: training time so far.
    """

    epoch: float
    step: int
    train_loss: float
    validation_loss: float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    learning_rate: float | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class History:
    """The course of the training.

    Attributes:
        points: in order.
        best: position in `points` of the weights that were kept; None when the last ones were.
        monitor: name of the score that chose the best, "loss" for the validation loss.
        ending: one sentence on why training ended, such as "Stopped early: no gain for 16 epochs."
    """

    points: Sequence[HistoryPoint]
    best: int | None = None
    monitor: str = "loss"
    ending: str = ""


@dataclass(frozen=True)
class LayerSeries:
    """Gradient norm and update-to-weight ratio of one layer, one number for each of the epochs."""

    name: str
    gradient_norms: Numbers
    update_ratios: Numbers


@dataclass(frozen=True)
class GradientFlow:
    """How large gradients and updates were, by layer from the input to the output.

    Attributes:
        epochs: where the readings were taken.
        layers: from the input to the output.
    """

    epochs: Numbers
    layers: Sequence[LayerSeries]

    def __post_init__(self) -> None:
        for layer in self.layers:
            assert len(layer.gradient_norms) == len(layer.update_ratios) == len(self.epochs), layer.name


@dataclass(frozen=True)
class Phase:
    """Seconds of one phase of the run; `fixed` marks start-up that no setting shortens."""

    name: str
    seconds: float
    fixed: bool = False


@dataclass(frozen=True)
class EnvironmentRow:
    """One fact of where it was trained, such as the device, with the reason where it was chosen."""

    name: str
    value: str
    reason: str = ""


@dataclass(frozen=True)
class Trial:
    """One remedy that was tried.

    Attributes:
        remedy: in words.
        cause: what it answers, "" for none in particular.
        change: lines of the recipe that differ.
        before: loss before, None when it broke down.
        after: loss after.
        kept: whether its model was kept.
        reason: why, or why not.
        cost: of its trainings, in trainings like the one that was treated; None where it was not counted.
    """

    remedy: str
    cause: str
    change: str
    before: float | None
    after: float | None
    kept: bool
    reason: str
    cost: float | None = None


@dataclass(frozen=True)
class BranchLoss:
    """The loss after a short training with one thing changed; the first has nothing changed."""

    remedy: str
    cause: str
    loss: float


@dataclass(frozen=True)
class TreatmentFacts:
    """How a training was mended.

    Attributes:
        verdict: what it came to.
        change: lines of the recipe that differ between before and after.
        trials: what was tried in full, in order.
        branches: short trainings, for each time they were made.
        steps: how long these were.
        cost: of all of it, in trainings like the one that was treated.
        branch_cost: of the short trainings.
        visits: rows that all of it visited.
        before: what was wrong with a training that is not there any more, worst first.
        scores: the first measure on the test part, with its value before and after, where both are known.
        rows: rows of the data that should be looked at, counted from 0.
    """

    verdict: str
    change: str
    trials: Sequence[Trial]
    branches: Sequence[Sequence[BranchLoss]]
    steps: Sequence[int]
    cost: float
    branch_cost: float = 0.0
    visits: int = 0
    before: Sequence[Finding] = ()
    scores: tuple[str, str, str] | None = None
    rows: Sequence[int] = ()


@dataclass(frozen=True)
class ReportContents:
    """Everything a report shows.

    Attributes:
        title: such as "breast_cancer: diagnosis".
        created: date and time in ISO 8601.
        version: of netwright.
        task: what is predicted.
        target: name of the predicted column.
        source: file or object the rows came from.
        headline: the verdict in one or two sentences.
        tone: how the headline is coloured.
        notices: what limits the whole result, such as "Interrupted after epoch 7."
        primary_metric: name of the metric that decides, as in `ModelRow.metrics`.
        models: the network and its baselines, measured on the same rows.
        measured_on: the part of the data the numbers come from.
        measured_rows: rows in that part.
        findings: what was found in the data; None when nothing was checked.
        health: how the training went; None when it was not watched.
        treatment: how it was mended; None when nothing was tried.
        decisions: how the source was read, one sentence each.
        promises: what the network promises of its reliability, and what came.
        explanations: whether SHAP values of test rows are any good.
        worst_mistakes: the worst first.
        samples: some of the pictures, where the rows are pictures.
        texts: what is read of texts, where the rows hold some.
        sequences: some of the sequences or sounds, where the rows are such.
        reproduce: the command that gives this result again.
        absent: reasons for missing parts by attribute name, such as {"importance": "no time left"}.
    """

    title: str
    created: str
    version: str
    task: Task
    target: str
    source: str = ""
    headline: str = ""
    tone: Literal["good", "caution", "neutral"] = "neutral"
    notices: Sequence[str] = ()
    primary_metric: str = ""
    models: Sequence[ModelRow] = ()
    measured_on: Literal["test", "validation", "training"] = "test"
    measured_rows: int | None = None
    data: DataFacts | None = None
    columns: Sequence[ColumnFact] = ()
    decisions: Sequence[str] = ()
    findings: Sequence[Finding] | None = None
    health: Health | None = None
    treatment: TreatmentFacts | None = None
    recipe: Sequence[RecipeRow] = ()
    history: History | None = None
    gradient_flow: GradientFlow | None = None
    evaluation: ClassificationEvaluation | RegressionEvaluation | None = None
    promises: Promises | None = None
    importance: Importance | None = None
    explanations: Check | None = None
    worst_mistakes: Sequence[Mistake] = ()
    samples: Sequence[PictureSample] = ()
    texts: TextFacts | None = None
    sequences: Sequence[SequenceSample] = ()
    timing: Sequence[Phase] = ()
    environment: Sequence[EnvironmentRow] = ()
    reproduce: str = ""
    absent: Mapping[str, str] = field(default_factory=dict)

    @property
    def network(self) -> ModelRow | None:
        """The network's row of the comparison."""
        return next((model for model in self.models if model.is_network), None)

    @property
    def primary(self) -> Estimate | None:
        """The network's estimate of the primary metric."""
        return self.network.metrics.get(self.primary_metric) if self.network else None
