"""The recipe of a forecast, and what is chosen where it says "auto", each choice with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from netwright.data.items import Form
from netwright.errors import RecipeError
from netwright.nets.dlinear import DLinear
from netwright.nets.lstm import LSTM
from netwright.nets.network import Network
from netwright.nets.nlinear import NLinear
from netwright.nets.patch_transformer import PatchTransformer
from netwright.nets.tcn import TCN
from netwright.parts import Part, parse_part
from netwright.recipe.recipe import parse_seconds
from netwright.training.early_stopping import EarlyStopping
from netwright.training.losses import Loss, Quantile
from netwright.training.optimizers import AdamW, Optimizer

LOOKBACK_HORIZONS = 3.5
FEWEST_STEPS_BACK = 8
SHARE_OF_SERIES = 3
"""A window takes at most one part in so many of a series."""

UPDATES = {"quick": 400, "standard": 1500, "thorough": 4000}
FEW_WINDOWS = 3_000
MANY_WINDOWS = 30_000
LONGEST_FOR_LSTM = 100
"""Steps back that an LSTM reads one after another; of more, each update takes too long."""


def _networks(value: Any) -> Any:
    if value == "auto":
        return value
    several = value if isinstance(value, (list, tuple)) else [value]
    networks = tuple(parse_part(Network, one, NLinear) for one in several)
    for network in networks:
        if not {Form.SERIES, Form.SEQUENCES} & set(network.forms):
            raise RecipeError(
                f"network: {network.kind} does not read series. Use nlinear, dlinear, patch_transformer, "
                "lstm, gru, rnn, tcn or inception_time."
            )
    return networks


def _loss(value: Any) -> Any:
    return value if value == "auto" else parse_part(Loss, value)


def _optimizer(value: Any) -> Any:
    return value if value == "auto" else parse_part(Optimizer, value, AdamW)


class ForecastRecipe(Part):
    """What is to be done to forecast; "auto" is decided when the series are known.

    Settings:
        horizon: steps that are forecast at once.
        lookback: steps that a forecast looks back on.
        network: a network, or several of which the best on the validation part is taken.
        loss: what is minimised; `Quantile` gives intervals of its own.
        optimizer: how the weights are updated.
        batch_size: windows of an update.
        epochs: how often all windows are visited at most.
        patience: rounds without a better validation loss until training ends.
        season: after how many steps series resemble themselves, 1 for never.
        logarithm: whether values are taken by their logarithm.
        calendar: whether hour, weekday and time of the year are inputs.
        validation_fraction: share of each series, its end, that chooses weights and network.
        refit: whether the chosen network is trained once more on all windows, for as long as was best.
        coverage: how often the interval should hold the true value.
        time: seconds that the training may take, or None.
        effort: how much to spend: quick, standard or thorough.
        seed: of all random numbers.
        device: auto, cpu, cuda, mps.
    """

    horizon: int = Field(default=1, ge=1)
    lookback: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"
    network: Annotated[Any, BeforeValidator(_networks)] = "auto"
    loss: Annotated[Loss | Literal["auto"], BeforeValidator(_loss)] = "auto"
    optimizer: Annotated[Optimizer | Literal["auto"], BeforeValidator(_optimizer)] = "auto"
    batch_size: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"
    epochs: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"
    patience: int = Field(default=10, ge=1)
    season: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"
    logarithm: bool | Literal["auto"] = "auto"
    calendar: bool | Literal["auto"] = "auto"
    validation_fraction: float = Field(default=0.15, gt=0, lt=0.5)
    refit: bool | Literal["auto"] = "auto"
    coverage: float = Field(default=0.9, gt=0, lt=1)
    time: Annotated[float | None, BeforeValidator(parse_seconds)] = None
    effort: Literal["quick", "standard", "thorough"] = "standard"
    seed: int = Field(default=0, ge=0)
    device: str = "auto"

    @property
    def early_stopping(self) -> EarlyStopping:
        """The rule that ends a training."""
        return EarlyStopping(patience=self.patience)


@dataclass(frozen=True)
class SeriesFacts:
    """What the choices depend on.

    Attributes:
        series: how many there are.
        usual: values of the series in the middle.
        windows: how many windows a lookback leaves for training.
        season: the season that was found, 1 for none.
        seasonal_calendar: whether the calendar has cycles for this frequency.
        logarithm: whether most series grow by their logarithm.
        device: type of the device.
        device_reason: why that device.
    """

    series: int
    usual: int
    windows: Callable[[int], int]
    season: int
    seasonal_calendar: bool
    logarithm: bool
    device: str
    device_reason: str


@dataclass(frozen=True)
class ResolvedForecast:
    """A recipe with nothing left open, and the reasons for what was."""

    recipe: ForecastRecipe
    reasons: dict[str, str]


def resolve_forecast(recipe: ForecastRecipe, facts: SeriesFacts) -> ResolvedForecast:
    """Return the recipe with every "auto" decided."""
    chosen: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    for name, choose in _CHOICES.items():
        if getattr(recipe, name) == "auto":
            chosen[name], reasons[name] = choose(recipe.edited(**chosen), facts)
    return ResolvedForecast(recipe.edited(**chosen), reasons)


def _season(recipe: ForecastRecipe, facts: SeriesFacts) -> tuple[int, str]:
    if facts.season == 1:
        return 1, "no season shows"
    return facts.season, f"values {facts.season:,} steps apart resemble each other most"


def _logarithm(recipe: ForecastRecipe, facts: SeriesFacts) -> tuple[bool, str]:
    if facts.logarithm:
        return True, "the series swing more where they stand higher, and are never 0 or below"
    return False, "the series do not swing more where they stand higher, or reach 0"


def _lookback(recipe: ForecastRecipe, facts: SeriesFacts) -> tuple[int, str]:
    season = int(recipe.season)
    rough = max(LOOKBACK_HORIZONS * recipe.horizon, FEWEST_STEPS_BACK, min(48, facts.usual // 20))
    wanted = max(round(rough), 2 * season if season <= 100 else season + round(rough))
    limit = max(1, (facts.usual - recipe.horizon) // SHARE_OF_SERIES)
    if wanted <= limit:
        return wanted, f"{LOOKBACK_HORIZONS:g} horizons, two seasons, and {FEWEST_STEPS_BACK} steps at least"
    return max(limit, min(season, facts.usual // 2)), f"a third of the {facts.usual:,} values of a series"


def _calendar(recipe: ForecastRecipe, facts: SeriesFacts) -> tuple[bool, str]:
    if not facts.seasonal_calendar:
        return False, "the step has no cycle of hours, weekdays or months"
    if facts.usual < 10 * max(2, int(recipe.season)) and facts.series < 10:
        return False, f"{facts.usual:,} values are too few to learn the calendar from"
    return True, "hours, weekdays and the time of the year may matter"


def _network(recipe: ForecastRecipe, facts: SeriesFacts) -> tuple[tuple[Network, ...], str]:
    windows = facts.windows(int(recipe.lookback))
    if recipe.effort == "quick":
        return (NLinear(),), "one linear map: quick, and hard to beat"
    if recipe.effort == "thorough":
        several = (NLinear(), DLinear(), LSTM(hidden=64), TCN(width=32), PatchTransformer())
        return several, "every kind is tried; the validation part chooses"
    if windows < FEW_WINDOWS:
        return (NLinear(), DLinear()), f"linear ones: {windows:,} windows are too few for more weights"
    if windows <= MANY_WINDOWS and int(recipe.lookback) <= LONGEST_FOR_LSTM:
        return (NLinear(), DLinear(), LSTM(hidden=32)), "linear ones and an LSTM; the validation part chooses"
    return (NLinear(), DLinear()), "linear ones, which train fast on many or long windows; validation chooses"


def _loss_of(recipe: ForecastRecipe, facts: SeriesFacts) -> tuple[Loss, str]:
    rest = round((1 - recipe.coverage) / 2, 6)
    levels = (rest, 0.5, round(1 - rest, 6))
    return Quantile(levels=levels), f"the median with an interval for {recipe.coverage:.0%} of the values"


def _optimizer_of(recipe: ForecastRecipe, facts: SeriesFacts) -> tuple[Optimizer, str]:
    return AdamW(
        learning_rate=3e-3, weight_decay=0.05
    ), "the safe first choice; decay pulls to the naive forecast"


def _batch_size(recipe: ForecastRecipe, facts: SeriesFacts) -> tuple[int, str]:
    windows = max(1, facts.windows(int(recipe.lookback)))
    size = 2 ** max(3, min(8, (windows // 16).bit_length() - 1))
    return min(size, windows), f"for {windows:,} windows"


def _epochs(recipe: ForecastRecipe, facts: SeriesFacts) -> tuple[int, str]:
    windows = max(1, facts.windows(int(recipe.lookback)))
    updates = UPDATES[recipe.effort]
    per_epoch = max(1, windows // int(recipe.batch_size))
    return min(500, max(8, updates // per_epoch)), f"at most; about {updates:,} updates"


def _refit(recipe: ForecastRecipe, facts: SeriesFacts) -> tuple[bool, str]:
    if facts.windows(int(recipe.lookback)) < FEW_WINDOWS:
        return True, "few windows: those of the validation part are trained on in the end"
    return False, "many windows: the validation part is not needed"


def _device(recipe: ForecastRecipe, facts: SeriesFacts) -> tuple[str, str]:
    return facts.device, facts.device_reason


# In this order: later choices look at earlier ones.
_CHOICES: dict[str, Callable[[ForecastRecipe, SeriesFacts], tuple[Any, str]]] = {
    "device": _device,
    "season": _season,
    "logarithm": _logarithm,
    "lookback": _lookback,
    "calendar": _calendar,
    "network": _network,
    "loss": _loss_of,
    "optimizer": _optimizer_of,
    "batch_size": _batch_size,
    "epochs": _epochs,
    "refit": _refit,
}
