"""The comparison itself: every model on the same folds, one fold after another, while the time lasts."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from netwright.compare.budget import Budget
from netwright.compare.folds import Fold
from netwright.compare.game import Contender, Field, Game
from netwright.errors import UserError
from netwright.metrics import Metric, answers_from
from netwright.randomness import derive_seed

WANTED_FOLDS = 5
"""So many folds are to fit into the time: networks get what classical models leave of it."""

FEWEST_FOLDS = 3
"""With fewer, nothing can be said: before that happens the slowest classical models are left out."""

NETWORKS_SHARE = 0.5
"""Of the time of a fold, at least this goes to networks."""

CAUTION = 1.1
"""A fold may take somewhat longer than the one before."""


@dataclass(frozen=True)
class Round:
    """One model on one fold.

    Attributes:
        score: by the deciding metric; None where it has no value.
        fit_seconds: to prepare the training rows and learn.
        predict_seconds: to answer for the test rows.
        rows: test rows.
    """

    score: float | None
    fit_seconds: float
    predict_seconds: float
    rows: int


@dataclass
class Played:
    """What became of a contest.

    Attributes:
        rounds: of each contender, one a fold, by name.
        sizes: bytes of each model, by name.
        left_out: contenders that did not finish, with the reason, by name.
        notes: of each contender, by name.
        folds: the folds that were played.
        remarks: what was shortened, one sentence each.
    """

    rounds: dict[str, list[Round]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    folds: list[Fold] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def play(
    field: Field,
    contenders: Sequence[Contender],
    folds: Sequence[Fold],
    metric: Metric,
    *,
    seed: int,
    threads: int,
    seconds: float | None = None,
    clock: Callable[[], float] = time.monotonic,
    told: Callable[[str], object] = lambda sentence: None,
) -> Played:
    """Let every contender learn and answer on each fold, as many folds as the time allows.

    Args:
        field: the rows.
        contenders: who takes part.
        folds: the divisions of the rows, the same for all.
        metric: by which it is decided.
        seed: of what is random.
        threads: how many may work.
        seconds: what all may take together, or None for as long as it takes.
        clock: returns seconds.
        told: told of every fold.
    """
    begun = clock()
    budget = Budget(clock, math.inf if seconds is None else begun + seconds)
    contest = _Contest(field, list(contenders), metric, seed, threads, budget, told)
    for number, fold in enumerate(folds):
        contest.play_fold(fold, number, len(folds))
        if number + 1 < len(folds) and budget.limited and budget.left < CAUTION * contest.next_seconds:
            done, planned = number + 1, len(folds)
            contest.played.remarks.append(
                f"Stopped after {done} of {planned} folds to keep within the time of {seconds:.0f} s."
            )
            break
    return contest.played


class _Contest:
    def __init__(
        self,
        field: Field,
        contenders: list[Contender],
        metric: Metric,
        seed: int,
        threads: int,
        budget: Budget,
        told: Callable[[str], object],
    ) -> None:
        # Classical models first: what they leave of the time is the networks'.
        self.contenders = sorted(contenders, key=lambda contender: contender.is_network)
        self.field, self.metric, self.budget, self.told = field, metric, budget, told
        self.seed, self.threads = seed, threads
        self.network_seconds: float | None = None
        self.played = Played(rounds={contender.name: [] for contender in contenders})

    def play_fold(self, fold: Fold, number: int, planned: int) -> None:
        """Let everyone who is still in the contest play one fold."""
        begun, share = self.budget.clock(), self.budget.left / min(planned, WANTED_FOLDS)
        seed = derive_seed(self.seed, "fold", number) % 2**31
        game = Game(self.field, fold.train, fold.test, seed, self.threads)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what did not converge is noted
            game.design  # noqa: B018 - made once, for all classical models
            prepared = self.budget.clock() - begun
            for contender in list(self.contenders):
                if contender.is_network and number == 0 and self.network_seconds is None:
                    self._settle(share, self.budget.clock() - begun, min(planned, WANTED_FOLDS))
                if contender in self.contenders:
                    ready = replace(game, seconds=self.network_seconds)
                    ready.__dict__["design"] = game.design
                    self._play(contender, ready, 0.0 if contender.is_network else prepared)
        self.played.folds.append(fold)
        took = self.budget.clock() - begun
        left = f", {self.budget.left:.0f} s left" if self.budget.limited else ""
        self.told(f"fold {number + 1} of {planned} done in {took:.1f} s{left}")

    @property
    def next_seconds(self) -> float:
        """What the next fold will take, if it takes as long as the last for those who are still there."""
        last = [rounds[-1] for rounds in self.played.rounds.values() if rounds]
        return sum(one.fit_seconds + one.predict_seconds for one in last)

    def _settle(self, share: float, spent: float, planned: int) -> None:
        """Decide, when the classical models played their first fold, what networks may take."""
        if not self.budget.limited:
            return
        count = sum(contender.is_network for contender in self.contenders)
        spent = self._leave_out_slowest(spent, planned)
        self.network_seconds = max(share - spent, NETWORKS_SHARE * share) / count

    def _leave_out_slowest(self, spent: float, planned: int) -> float:
        """Leave out classical models for whose sake too few folds would fit into the time."""
        fewest = min(FEWEST_FOLDS, planned)
        allowed = (1 - NETWORKS_SHARE) * (self.budget.left + spent) / fewest
        while spent > allowed:
            cost = {
                contender: rounds[0].fit_seconds + rounds[0].predict_seconds
                for contender in self.contenders
                if not contender.is_network and (rounds := self.played.rounds[contender.name])
            }
            slowest = max(cost, key=lambda contender: cost[contender], default=None)
            if slowest is None or len(cost) <= 2:
                break
            reason = f"one fold took {cost[slowest]:.0f} s, too long for {fewest} folds within the time"
            self._leave_out(slowest, reason)
            spent -= cost[slowest]
        return spent

    def _play(self, contender: Contender, game: Game, prepared: float) -> None:
        clock = self.budget.clock
        begin = clock()
        try:
            threads = self.threads if contender.is_network else game.tree_threads
            with threadpool_limits(limits=threads):
                fitted = contender.learn(game)
                learnt = clock()
                outputs = fitted.answer()
                end = clock()
        except (UserError, ValueError, RuntimeError, MemoryError, ArithmeticError) as error:
            self._leave_out(contender, f"{type(error).__name__}: {error}")
            return
        truth = self.field.truth[game.test]
        score = self.metric.score(truth, answers_from(self.field.target.task, outputs)).value
        name = contender.name
        if name not in self.played.sizes:
            self.played.sizes[name] = fitted.size()
        if fitted.note:
            self.played.notes[name] = fitted.note
        seconds = prepared + learnt - begin, end - learnt
        self.played.rounds[name].append(Round(score, *seconds, len(game.test)))
        shown = "no value" if score is None else f"{score:.4g}"
        self.told(f"  {contender.label}: {self.metric.label} {shown} in {sum(seconds):.1f} s")

    def _leave_out(self, contender: Contender, reason: str) -> None:
        self.played.left_out[contender.name] = reason
        self.played.rounds.pop(contender.name, None)
        self.contenders.remove(contender)
        self.told(f"  {contender.label} is left out: {reason}")


def clear_scores(played: Played, name: str) -> np.ndarray:
    """Return the scores of a contender, one a fold, NaN where the metric has no value."""
    return np.array([np.nan if one.score is None else one.score for one in played.rounds[name]])
