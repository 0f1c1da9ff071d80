"""What work costs, and balances. An estimate is reserved at submit and settled once, when the job ends."""

import math
import tomllib
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from importlib import resources
from typing import Any, cast

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from app.errors import NoCredit
from app.features._spec import Feature
from app.jobs.tables import ApiKey
from app.settings import CreditSettings

MICROS = 1_000_000
STEP_S = 60.0
USUAL_S = 180.0  # what a link is estimated at before it is fetched


@dataclass(frozen=True, slots=True)
class Rate:
    start: Decimal
    minute: Decimal


class PriceList:
    """The price table: `[row.plan] start = "0.1", minute = "0.01"`, USD."""

    def __init__(self, settings: CreditSettings) -> None:
        if settings.price_file:
            text = settings.price_file.read_text(encoding="utf-8")
        else:
            text = resources.files("app.features").joinpath("prices.toml").read_text(encoding="utf-8")
        self._rows: dict[str, Any] = tomllib.loads(text)
        self._plan = settings.plan

    def rate(self, row: str) -> Rate:
        plan = self._rows[row][self._plan]
        return Rate(Decimal(str(plan["start"])), Decimal(str(plan.get("minute", 0))))

    def cost_micros(self, feature: Feature, *, quantity: float, audio_s: float | None) -> int:
        """Price of one task; audio counts in 60-second steps."""
        rate = self.rate(feature.price.row)
        if feature.price.unit == "minute":
            steps = max(1, math.ceil((USUAL_S if audio_s is None else audio_s) / STEP_S))
            usd = rate.start + rate.minute * steps
        else:
            usd = rate.start * Decimal(str(quantity))
        return int((usd * MICROS).to_integral_value(ROUND_HALF_UP))


def usd(micros: int) -> float:
    return micros / MICROS


def reserve(session: Session, key_id: str, balance_micros: int | None, micros: int, text: str) -> None:
    """Take `micros` from the balance; raises NoCredit when it does not suffice. Balance None: unlimited."""
    if balance_micros is None or micros == 0:
        return
    taken = cast(
        "CursorResult[Any]",
        session.execute(
            update(ApiKey)
            .where(ApiKey.id == key_id, ApiKey.balance_micros >= micros)
            .values(balance_micros=ApiKey.balance_micros - micros)
        ),
    )
    if taken.rowcount == 0:
        raise NoCredit(text, required=usd(micros), available=usd(balance_micros))


def settle(session: Session, key_id: str, reserved_micros: int, cost_micros: int) -> None:
    """Give back what was reserved beyond the cost. Call only where the job's final move has just succeeded."""
    difference = reserved_micros - cost_micros
    if difference:
        session.execute(
            update(ApiKey)
            .where(ApiKey.id == key_id, ApiKey.balance_micros.is_not(None))
            .values(balance_micros=ApiKey.balance_micros + difference)
        )
