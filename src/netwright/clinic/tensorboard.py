"""A watched training in TensorBoard, live: curves, the health of the layers, findings as text."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping

from netwright.clinic.diagnosis import Diagnosis
from netwright.clinic.record import Epoch, Observation, Probe, Record
from netwright.errors import needing
from netwright.findings import Finding

FLUSH_SECONDS = 10
"""What is written is on disk after so long."""


class TensorBoard:
    """Follows a watched training into a folder that TensorBoard shows.

    ```python
    with nw.watch(model, optimizer, loss_function, tensorboard="runs/tb") as clinic:
        ...
    ```

    Args:
        folder: where the event file goes; it is made.

    Raises:
        MissingExtraError: when TensorBoard is not installed.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        with needing("tensorboard", "tensorboard", "Following a training live"):
            from torch.utils.tensorboard import SummaryWriter
        self._writer = SummaryWriter(os.fspath(folder), flush_secs=FLUSH_SECONDS)
        self._losses = 0
        self._observed = 0
        self._probed = -1
        self._epochs = 0
        self._told: set[tuple[str, str, str]] = set()
        self._verdict = ""

    def look(self, record: Record) -> None:
        """Write what is new in the record."""
        self._write_losses(record)
        for observation in record.observations:
            if observation.step > self._observed:
                self._write_observation(observation)
                self._observed = observation.step
        for probe in record.probes:
            if probe.step > self._probed:
                self._write_probe(probe)
                self._probed = probe.step
        for epoch in record.epochs[self._epochs :]:
            self._write_epoch(epoch)
        self._epochs = len(record.epochs)

    def diagnosed(self, record: Record, diagnosis: Diagnosis) -> None:
        """Write how many alarms are open, the verdict if it changed, and every finding once."""
        for finding in diagnosis.findings:
            key = (finding.rule, finding.severity, finding.layer)
            if key not in self._told:
                self._told.add(key)
                self._text(f"findings/{finding.rule}", as_markdown(finding), record.step)
        if diagnosis.verdict != self._verdict:
            self._verdict = diagnosis.verdict
            self._text("verdict", diagnosis.verdict, record.step)
        self._scalars({"alarms": float(len(diagnosis.alarms))}, record.step)
        self._writer.flush()

    def close(self) -> None:
        """Write what is left and let go of the file."""
        self._writer.close()

    def _write_losses(self, record: Record) -> None:
        """Write the mean of the losses since the last look: a point for each step would cost too much."""
        fresh = [loss for loss in record.losses[self._losses :] if math.isfinite(loss)]
        self._losses = len(record.losses)
        if fresh:
            self._scalars({"loss/training": math.fsum(fresh) / len(fresh)}, self._losses)

    def _write_observation(self, observation: Observation) -> None:
        numbers: dict[str, float | None] = {
            "learning rate": observation.learning_rate,
            "gradient norm": observation.gradient_norm,
        }
        for name, reading in observation.layers.items():
            numbers[f"gradient/{name}"] = reading.gradient
            numbers[f"update over weight/{name}"] = reading.update
        self._scalars(numbers, observation.step)

    def _write_probe(self, probe: Probe) -> None:
        numbers: dict[str, float | None] = {"loss/fixed rows": probe.loss, "score/fixed rows": probe.accuracy}
        for name, units in probe.units.items():
            numbers[f"silent units/{name}"] = units.dead
            numbers[f"saturated entries/{name}"] = units.saturated
        self._scalars(numbers, probe.step)

    def _write_epoch(self, epoch: Epoch) -> None:
        numbers = {
            "loss/validation": epoch.validation_loss,
            "score/training": epoch.train_score,
            "score/validation": epoch.validation_score,
            "epoch": epoch.epoch,
        }
        self._scalars(numbers, epoch.step)

    def _scalars(self, numbers: Mapping[str, float | None], step: int) -> None:
        for name, number in numbers.items():
            if number is not None and math.isfinite(number):
                self._writer.add_scalar(name, number, step)

    def _text(self, name: str, text: str, step: int) -> None:
        self._writer.add_text(name, text, step)


def as_markdown(finding: Finding) -> str:
    """Return a finding as TensorBoard shows text.

    >>> print(as_markdown(Finding("leak", "alarm", "Column 'z' tells.", remedy="Leave it out.")))
    **alarm**: Column 'z' tells.
    <BLANKLINE>
    Leave it out.
    """
    sure = "" if finding.confidence is None else f" (confidence {finding.confidence:.0%})"
    cause = f"Cause: {finding.cause}{sure}." if finding.cause else ""
    if finding.differential:
        cause += f" Less likely: {finding.differential}."
    change = "\n".join(f"    {line}" for line in finding.change.splitlines())
    parts = [f"**{finding.severity}**: {finding.message}", cause, finding.remedy, change]
    return "\n\n".join(part for part in parts if part)
