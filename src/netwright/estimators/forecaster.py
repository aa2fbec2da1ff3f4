"""`Forecaster`: what comes next in one or many series."""

from __future__ import annotations

import os
import time as clock
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal, Self

import numpy as np
import polars as pl
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from torch import nn

from netwright.data.convert import to_frame
from netwright.data.panel import Columns, Panel, read_panel
from netwright.data.panel_preparation import PanelPreparation, most_want_logarithm
from netwright.data.season import season_of
from netwright.data.shapes import WindowShape
from netwright.device import choose_device
from netwright.estimators.forecast_answers import Answers, Widening, answer_windows
from netwright.estimators.forecast_frames import context_of, forecast_frame
from netwright.estimators.forecast_states import ForecastStates
from netwright.estimators.forecast_training import (
    Candidate,
    Watch,
    best_of,
    train_candidates,
    train_one,
)
from netwright.estimators.forecast_windows import (
    Cut,
    batches_at,
    count_windows,
    cuts_of,
    training_windows,
)
from netwright.nets.network import Network
from netwright.recipe.forecast import ForecastRecipe, SeriesFacts, resolve_forecast
from netwright.training.fit import Observer, Setup
from netwright.training.losses import Loss
from netwright.training.progress import show_progress
from netwright.training.state import TrainingState
from netwright.training.windows import Windows


class Forecaster(BaseEstimator):  # type: ignore[misc]
    """A network that forecasts the next `horizon` steps of one or many series, with intervals.

    Parameters are the settings of `ForecastRecipe`, and `progress`. After `fit`: `network_`,
    `preparation_`, `recipe_`, `reasons_`, `history_`, `candidates_`.

    >>> import numpy as np
    >>> days = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-06-01"))
    >>> frame = pl.DataFrame({"day": days, "sales": 10 + np.sin(np.arange(152) * 2 * np.pi / 7)})
    >>> model = Forecaster(horizon=7, network="nlinear", epochs=3).fit(frame, target="sales", time="day")
    >>> model.predict().columns
    ['day', 'forecast', 'lower', 'upper']
    """

    def __init__(
        self,
        horizon: int = 1,
        *,
        lookback: int | str = "auto",
        network: Any = "auto",
        loss: Any = "auto",
        optimizer: Any = "auto",
        batch_size: int | str = "auto",
        epochs: int | str = "auto",
        patience: int = 10,
        season: int | str = "auto",
        logarithm: bool | str = "auto",
        calendar: bool | str = "auto",
        validation_fraction: float = 0.15,
        refit: bool | str = "auto",
        coverage: float = 0.9,
        time: float | str | None = None,
        effort: str = "standard",
        seed: int = 0,
        device: str = "auto",
        progress: bool | Literal["auto"] = "auto",
    ) -> None:
        self.horizon = horizon
        self.lookback = lookback
        self.network = network
        self.loss = loss
        self.optimizer = optimizer
        self.batch_size = batch_size
        self.epochs = epochs
        self.patience = patience
        self.season = season
        self.logarithm = logarithm
        self.calendar = calendar
        self.validation_fraction = validation_fraction
        self.refit = refit
        self.coverage = coverage
        self.time = time
        self.effort = effort
        self.seed = seed
        self.device = device
        self.progress = progress

    def recipe(self) -> ForecastRecipe:
        """Return the parameters as a checked recipe.

        Raises:
            RecipeError: for an unknown or impossible setting.
        """
        return ForecastRecipe(**{name: getattr(self, name) for name in ForecastRecipe.model_fields})

    def fit(
        self,
        frame: Any,
        target: str | Sequence[str],
        time: str | None = None,
        group: str | None = None,
        known: Sequence[str] = (),
        static: Sequence[str] = (),
    ) -> Self:
        """Train on series.

        Args:
            frame: one row for each time, or for each time and group: pandas, Polars, Arrow, a dict.
            target: the column to forecast; of several, each is a series of its own.
            time: the column of times; without it the rows follow each other.
            group: the column that says which series a row belongs to.
            known: columns that are known ahead; rows with an empty target at the end hold their future.
            static: columns that say something of a whole series.

        Raises:
            DataError: when the data cannot be used; names column and row.
            RecipeError: when a parameter is unknown or impossible.
            TrainingError: when the numbers are no longer finite; names step and layer.
        """
        names = (target,) if isinstance(target, str) else tuple(target)
        return self.fit_panel(
            read_panel(to_frame(frame), Columns(names, time, group, tuple(known), tuple(static)))
        )

    def fit_panel(self, panel: Panel, states: ForecastStates | None = None) -> Self:
        """Train on series that were read already, see `fit`; with states an interrupted training goes on."""
        begun = clock.perf_counter()
        recipe = self.recipe()
        cuts = cuts_of(panel, recipe.validation_fraction, recipe.horizon)
        recipe, cuts = self._settle(recipe, panel, cuts)
        seen = panel.until([cut.validation for cut in cuts])
        self.preparation_ = PanelPreparation.fit(
            seen, int(recipe.season), bool(recipe.logarithm), bool(recipe.calendar)
        )
        self.shape_ = WindowShape(
            lookback=int(recipe.lookback),
            horizon=recipe.horizon,
            known=self.preparation_.known_width(panel.series[0]),
            static=self.preparation_.static_width,
            season=int(recipe.season),
        )
        train, held = training_windows(
            panel, self.preparation_, cuts, self.shape_.lookback, self.shape_.horizon
        )
        if recipe.time is not None:
            recipe = recipe.edited(time=max(0.1, recipe.time - (clock.perf_counter() - begun)))
        self._train(recipe, panel, train, held, partial(self._watch, states))
        self.context_ = context_of(panel, self.shape_.lookback)
        return self

    def predict(self, frame: Any = None) -> pl.DataFrame:
        """Return the forecast behind the last value of each series.

        Args:
            frame: later or other series with the same columns, at least as long as the lookback if
                possible; without it those of the training.

        Returns:
            one row for each step ahead: its time, group and target where there are several, the forecast
            and the ends of its interval.

        Raises:
            DataError: when columns that are known ahead do not reach far enough.
        """
        self._check_fitted()
        panel = self.context_ if frame is None else self.read(frame)
        answers = self.answer(panel, [[len(one)] for one in panel.series])
        return forecast_frame(panel, answers, self.recipe_.horizon)

    def read(self, frame: Any) -> Panel:
        """Return the series of a table with the columns of the training."""
        self._check_fitted()
        return read_panel(to_frame(frame), self.preparation_.columns, self.preparation_.frequency)

    def answer(self, panel: Panel, origins: Sequence[Sequence[int]]) -> Answers:
        """Return forecasts in the unit of the series, one row an origin, series by series.

        Args:
            panel: series.
            origins: for each series, after how many of its values it is forecast; later ones are not read.
        """
        self._check_fitted()
        assert isinstance(self.recipe_.loss, Loss)
        found: list[Answers] = []
        for series, places in zip(panel.series, origins, strict=True):
            scaling = self.preparation_.scaling(series)
            for batch in batches_at(self.preparation_, series, places, self.shape_):
                scaled = self.widening_.applied(
                    answer_windows(
                        self.network_, self.recipe_.loss, batch, self.shape_.horizon, self.recipe_.coverage
                    )
                )
                found.append(Answers(*(scaling.restore(one) for one in scaled.parts)))
        return Answers.joined(found, self.shape_.horizon)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted model to a file, see `netwright.artifact`.

        It holds the last values of each series, as many as a forecast looks back on.

        Raises:
            RunError: when the file cannot be written.
        """
        from netwright.estimators.forecast_saving import save_forecaster

        self._check_fitted()
        save_forecaster(self, path)

    def _settle(
        self, recipe: ForecastRecipe, panel: Panel, cuts: list[Cut]
    ) -> tuple[ForecastRecipe, list[Cut]]:
        """Decide what was left open; series too short for a validation part are trained on whole."""
        seen = panel.until([cut.validation for cut in cuts])
        device, device_reason = choose_device(recipe.device)
        values = [one.values for one in seen.series]
        season = season_of(values, panel.frequency.seasons) if recipe.season == "auto" else recipe.season
        facts = SeriesFacts(
            series=len(panel.series),
            usual=int(np.median([len(one) for one in values])),
            windows=lambda lookback: count_windows(cuts, lookback, recipe.horizon),
            season=int(season),
            seasonal_calendar=bool(panel.frequency.seasons),
            logarithm=most_want_logarithm(seen.series, int(season)),
            device=str(device),
            device_reason=device_reason,
        )
        resolved = resolve_forecast(recipe, facts)
        if not facts.windows(int(resolved.recipe.lookback)):
            cuts = [Cut(cut.length, cut.length) for cut in cuts]
            resolved = resolve_forecast(recipe, facts)
            resolved.reasons["validation_fraction"] = "too few values: the last weights are kept"
        self.recipe_, self.reasons_ = resolved.recipe, resolved.reasons
        return resolved.recipe, cuts

    def _train(
        self, recipe: ForecastRecipe, panel: Panel, train: Windows, held: Windows | None, watch: Watch
    ) -> None:
        """Train the candidates, keep the best, learn how wide intervals are, train once more on all."""
        self.candidates_: list[Candidate] = train_candidates(recipe, self.shape_, train, held, watch)
        best = best_of(self.candidates_)
        self.network_: nn.Module = best.network
        self.network_part_: Network = best.part
        self.history_ = best.outcome.rounds
        self.outcome_ = best.outcome
        self.widening_ = Widening.none(recipe.horizon)
        assert isinstance(recipe.loss, Loss)
        if held is None:
            return
        batch = held.whole()
        raw = answer_windows(best.network, recipe.loss, batch, recipe.horizon, recipe.coverage)
        self.widening_ = Widening.fit(raw, batch.target.double().numpy(), recipe.coverage)
        if recipe.refit and best.outcome.best_round is not None:
            whole = [Cut(len(one), len(one)) for one in panel.series]
            everything, _ = training_windows(
                panel, self.preparation_, whole, self.shape_.lookback, self.shape_.horizon
            )
            rounds = max(1, best.outcome.best_round)
            seconds = None if recipe.time is None else recipe.time / (len(recipe.network) + 1)
            again = train_one(
                recipe, best.part, self.shape_, everything, None, watch, epochs=rounds, seconds=seconds
            )
            self.network_ = again.network
            surer = answer_windows(again.network, recipe.loss, batch, recipe.horizon, recipe.coverage)
            self.widening_ = self.widening_.as_wide(raw, surer)

    @contextmanager
    def _watch(
        self, states: ForecastStates | None, name: str, setup: Setup
    ) -> Iterator[tuple[Sequence[Observer], TrainingState | None]]:
        with show_progress(setup, self.progress) as line:
            told: list[Observer] = [line.round] if line else []
            if states is None:
                yield told, None
                return
            try:
                yield [*told, partial(states.observe, name)], states.resume(name)
            finally:
                states.keep(name)

    def _check_fitted(self) -> None:
        if not hasattr(self, "network_"):
            raise NotFittedError("This Forecaster instance is not fitted yet: call fit first.")

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "network_")
