"""Several models as one: networks that each left out other rows, and classical models beside them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from netwright.errors import RecipeError, TrainingError
from netwright.estimators import search as searching
from netwright.estimators.classical_members import fit_boosting, fit_linear
from netwright.estimators.division import Division, divide
from netwright.estimators.folds import Folds, divided
from netwright.estimators.member import Member, MemberFiles, row_losses
from netwright.estimators.reliability import learn_assurance, learn_familiarity
from netwright.estimators.session import Session
from netwright.estimators.together import Together, check_blend, put_together
from netwright.randomness import derive_seed, isolated
from netwright.recipe.choices import Resolved
from netwright.recipe.recipe import ResolvedRecipe
from netwright.training.fit import Outcome
from netwright.training.validation import outputs
from netwright.uncertainty.assurance import Assurance

if TYPE_CHECKING:
    from netwright.estimators.base import NetworkEstimator
    from netwright.estimators.seen import Seen

FOLDS = 5

SEARCH_SHARE, CLASSICAL_SHARE, RESERVE = 0.35, 0.15, 0.05
"""Of a limited time: what the search and the classical models may take, and what is kept for the end."""

FIRST_SHARE = 0.5
"""Of the search's time: what the first training may take, so that there is something to compare."""

TRIAL_MEMBERS = 8
"""A trial's network has no more members than this: what is best for eight is best for sixteen."""

LONGER = 1.5
"""How many times longer than a trial a network of a fold is expected to take."""

Clock = Callable[[], float]


def fit_several(
    model: NetworkEstimator, seen: Seen, session: Session, begun: float, clock: Clock = time.perf_counter
) -> tuple[Outcome, Assurance]:
    """Train what a recipe asks for beyond one network, and put it together in the model as one.

    With effort "thorough": a search for settings on one fold, then a network for each fold, which leaves it
    out and stops by it (bagging). With `blend`, classical models learn from the same rows, and what each
    kind counts is chosen on the rows that its models left out. Reliability is learnt from those answers.

    Args:
        model: gets its network, its recipe and its reasons; `members_` says what it is made of.
        seen: the rows.
        session: who is told, and where finished members are kept.
        begun: when the training began, on the clock.
        clock: returns seconds.

    Returns:
        How the first network's training ended, and what is known of the reliability.

    Raises:
        RecipeError: when classical models cannot learn what is asked.
        KeyboardInterrupt: when there is nothing yet that could be kept.
    """
    return _Several(model, seen, session, begun, clock).run()


@dataclass(frozen=True)
class _Trained:
    """A network of a fold, and how its training went."""

    member: Member
    outcome: Outcome
    recipe: ResolvedRecipe
    seconds: float


class _Several:
    def __init__(
        self, model: NetworkEstimator, seen: Seen, session: Session, begun: float, clock: Clock
    ) -> None:
        self.model, self.seen, self.session, self.clock = model, seen, session, clock
        whole, held = seen.sight.whole, seen.sight.held
        if seen.by_folds:
            division = Division(whole, held)
            rows = len(whole.target) if held is not None else len(whole.target) * (FOLDS - 1) // FOLDS
        else:
            division = divide(seen.recipe, model.target_, whole, held)
            rows = len(division.train.target)
            if division.held is None:
                raise RecipeError(
                    "blend: what each model counts is chosen on held-out rows, and there are none. "
                    "Give more rows, or leave blend out."
                )
        self.settled = model._settle(seen, rows, True, session)
        check_blend(seen.recipe, model.target_, self.settled.loss)
        count = FOLDS if seen.by_folds else 1
        self.folds: Folds = divided(
            self.settled, model.schema_, model.target_, division, count, session.groups
        )
        model._take_over(self.folds.whole)
        self.end = None if self.settled.time is None else begun + (1 - RESERVE) * self.settled.time
        self.files = MemberFiles(session.folder)
        self.members: list[Member] = []
        self.trained: list[_Trained] = []
        self.spare: _Trained | None = None
        self.notes: list[str] = []
        self.trials: list[searching.Trial] = []

    def run(self) -> tuple[Outcome, Assurance]:
        """Train everything, put it together, and learn how reliable it is."""
        interrupted, best = False, self.settled
        try:
            best = self._searched()
            count = self._affordable_networks()
            self._classical(best, count)
            interrupted = self._networks(best, count)
        except KeyboardInterrupt:
            interrupted = True
        if not self.trained:
            if self.spare is None:
                raise KeyboardInterrupt
            self.trained, self.members = [self.spare], [*self.members, self.spare.member]
            self.notes.append("there was time for the search only, whose best network was kept")
        return self._finished(interrupted)

    def _left(self) -> float | None:
        return None if self.end is None else max(0.1, self.end - self.clock())

    def _searched(self) -> ResolvedRecipe:
        """Return the recipe with the settings that did best on the first fold."""
        space = searching.space_of(self.seen.recipe, self.settled)
        if not self.seen.by_folds or not space:
            return self.settled
        left = self._left()
        budget, begun = None if left is None else SEARCH_SHARE * left, self.clock()
        known = self.files.trials()
        self.trials = list(known)
        search = searching.Search(
            space, searching.usual(self.settled, space), derive_seed(self.settled.seed, "search"), known
        )
        most = searching.TRIALS if budget is None else searching.MOST_TRIALS
        usual: np.ndarray | None = None
        longest, over = 0.0, self.files.any_member()
        while (
            not over
            and len(self.trials) < most
            and (not self.trials or searching.affordable(budget, longest, begun, self.clock))
        ):
            params = search.ask()
            first = not self.trials
            share = (
                None if budget is None else budget * FIRST_SHARE if first else budget - (self.clock() - begun)
            )
            recipe = self.settled if first else searching.with_params(self.settled, params)
            started = self.clock()
            losses, trained = self._tried(recipe, share)
            if trained is not None and trained.outcome.interrupted:
                self.spare = self.spare or (trained if trained.outcome.rounds else None)
                raise KeyboardInterrupt
            longest = max(longest, self.clock() - started)
            usual = losses if first else usual
            clear = losses is not None and usual is not None and searching.better(losses, usual)
            mean = None if losses is None else float(losses.mean())
            search.tell(mean, self.clock() - started)
            self.trials.append(replace(search.trials[-1], clear=clear))
            if trained is not None and (first or self._best() == len(self.trials) - 1):
                self.spare = trained
            self.files.write_trials(self.trials)
        best = self._best()
        self.trials[best] = replace(self.trials[best], kept=True)
        self.files.write_trials(self.trials)
        return self.settled if best == 0 else searching.with_params(self.settled, self.trials[best].params)

    def _best(self) -> int:
        """Return the trial with the lowest loss among those clearly better than the first, or the first."""
        clear = [place for place, trial in enumerate(self.trials) if trial.clear]
        return min(clear, key=lambda place: self.trials[place].loss or 0.0, default=0)

    def _tried(
        self, recipe: ResolvedRecipe, seconds: float | None
    ) -> tuple[np.ndarray | None, _Trained | None]:
        """Train a smaller network on the first fold; return the losses of its held-out rows."""
        members = getattr(recipe.network, "members", 1)
        if members > TRIAL_MEMBERS:
            recipe = recipe.edited(network=recipe.network.edited(members=TRIAL_MEMBERS))
        try:
            trained = self._network(0, recipe, seconds, watched=False)
        except TrainingError as error:
            self.notes.append(f"a trial of the search broke down: {error}")
            return None, None
        return row_losses(self.folds.whole, trained.member.answers, self.folds.held(0).target), trained

    def _affordable_networks(self) -> int:
        """Return how many folds there is time for; each network should get about what a trial took."""
        left = self._left()
        if left is None or self.folds.count == 1:
            return self.folds.count
        left *= 1 - CLASSICAL_SHARE if self.seen.recipe.blend else 1
        needed = LONGER * max((trial.seconds for trial in self.trials), default=0.0)
        count = self.folds.count if needed == 0 else int(min(self.folds.count, max(1, left // needed)))
        if count < self.folds.count:
            self.notes.append(f"{count} of {self.folds.count} folds, because there was no time for more")
        return count

    def _classical(self, recipe: ResolvedRecipe, count: int) -> None:
        """Fit the classical models of each fold."""
        fits = {"boosting": fit_boosting, "linear": fit_linear}
        left = self._left()
        end = None if left is None else self.clock() + CLASSICAL_SHARE * left
        waiting = count * len(self.seen.recipe.blend)
        for fold in range(count):
            for kind in self.seen.recipe.blend:
                ready = self.folds.ready(fold, recipe)
                assert ready.held is not None
                deadline = None if end is None else self.clock() + max(0.0, end - self.clock()) / waiting
                module = fits[kind](ready, deadline, self.clock)
                self.members.append(Member(kind, fold, module, outputs(module, ready.held.inputs)))
                waiting -= 1

    def _networks(self, recipe: ResolvedRecipe, count: int) -> bool:
        """Train the network of each fold; return whether that was interrupted."""
        for fold in range(count):
            kept = self.files.member(fold)
            left = self._left()
            if kept is not None:
                trained = self._again(fold, recipe, *kept)
            else:
                seconds = None if left is None else left / (count - fold)
                trained = self._network(fold, recipe, seconds, watched=not self.trained)
            if trained.outcome.interrupted and not trained.outcome.rounds:
                return True
            self.trained.append(trained)
            self.members.append(trained.member)
            if trained.outcome.interrupted:
                return True
            self.files.write_member(fold, trained.member, trained.outcome)
        return False

    def _network(
        self, fold: int, recipe: ResolvedRecipe, seconds: float | None, *, watched: bool
    ) -> _Trained:
        """Train the network of a fold."""
        begun, seed = self.clock(), derive_seed(recipe.seed, "fold", fold) % 2**31
        recipe = recipe.edited(time=seconds, seed=seed)
        ready, model = self.folds.ready(fold, recipe), self.model
        assert ready.held is not None
        ready.check_memory()
        with isolated(derive_seed(seed, "training")):
            # Laid out by all rows, so that the networks of all folds have parts of the same sizes.
            network = replace(self.folds.whole, recipe=recipe).build()
            model.network_ = network
            setup = ready.setup(network)
            setup.spend(self.clock() - begun)
            quiet = Session(announce=self.session.announce if watched else None)
            outcome = model._run(setup, recipe, quiet, watched=watched)
        answers = outputs(network, tuple(one.to(recipe.device) for one in ready.held.inputs)).cpu()
        return _Trained(Member("network", fold, network, answers), outcome, recipe, self.clock() - begun)

    def _again(
        self, fold: int, recipe: ResolvedRecipe, weights: dict[str, torch.Tensor], outcome: Outcome
    ) -> _Trained:
        """Return a network that an earlier sitting trained."""
        network = replace(self.folds.whole, recipe=recipe).build()
        network.load_state_dict(weights)
        answers = outputs(network, self.folds.held(fold).inputs)
        return _Trained(Member("network", fold, network, answers), outcome, recipe, outcome.seconds)

    def _finished(self, interrupted: bool) -> tuple[Outcome, Assurance]:
        """Put the members together in the model; return what is known of the whole."""
        model, recipe = self.model, self.trained[0].recipe
        together: Together = put_together(self.folds, self.members, recipe)
        model.network_ = together.network
        model.members_ = together.members
        model.search_ = tuple(self.trials)
        kept = recipe.edited(time=self.settled.time, seed=self.settled.seed)
        model.reasons_ = {**model.reasons_, **self._reasons(together)}
        self.session.settled(Resolved(kept, model.reasons_))
        # A committee is built from the recipe again; the pieces of a blend are listed one by one.
        more = 1 if together.told else together.networks
        model.recipe_ = kept.edited(ensemble=more * kept.ensemble)
        assurance = learn_assurance(model.network_, together.ready, together.answers)
        familiarity = learn_familiarity(self.folds.ready(0, recipe))
        outcome = self.trained[0].outcome
        seconds = sum(one.outcome.seconds for one in self.trained)
        steps = sum(one.outcome.steps for one in self.trained)
        events = (*outcome.events, *self.notes)
        return (
            replace(outcome, interrupted=interrupted, seconds=seconds, steps=steps, events=events),
            replace(assurance, familiarity=familiarity),
        )

    def _reasons(self, together: Together) -> dict[str, str]:
        told = []
        if self.trials:
            gained = (
                "settings clearly better than the usual ones" if self._best() else "the usual settings kept"
            )
            told.append(f"{len(self.trials)} settings tried: {gained}")
        if self.folds.parts is not None:
            told.append(f"{len(self.trained)} networks, each stopped by another fifth of the rows")
        elif len(self.trained) > 1:
            told.append(f"{len(self.trained)} networks from different starts")
        reasons = {"effort": "; ".join([*told, *self.notes])} if told else {}
        return reasons | ({"blend": together.told} if together.told else {})
