"""ETAs are learnt from what was measured."""

import random

import pytest

from app.infra.db import Database
from app.jobs.eta import estimate_s, learn


def teach(db: Database, runs: list[tuple[float, float]]) -> None:
    with db.transaction() as session:
        for audio_s, run_s in runs:
            learn(session, "f", audio_s, run_s)


def ask(db: Database, audio_s: float | None) -> float | None:
    with db.read() as session:
        return estimate_s(session, "f", audio_s)


def test_unknown_before_the_first_run(db: Database) -> None:
    assert ask(db, 60.0) is None


def test_within_a_factor_of_two_after_twenty_runs(db: Database) -> None:
    chance = random.Random(7)
    lengths = [chance.uniform(5, 600) for _ in range(20)]
    teach(db, [(length, (1.5 + 0.1 * length) * chance.uniform(0.8, 1.25)) for length in lengths])

    for audio_s in (5.0, 60.0, 300.0, 600.0):
        estimate = ask(db, audio_s)
        assert estimate is not None
        assert 0.5 <= estimate / (1.5 + 0.1 * audio_s) <= 2.0


def test_without_a_length_it_is_that_of_a_usual_input(db: Database) -> None:
    teach(db, [(60.0, 6.0)] * 5)

    assert ask(db, None) == pytest.approx(6.0)


def test_follows_a_machine_that_became_slower(db: Database) -> None:
    teach(db, [(60.0, 6.0)] * 50 + [(60.0, 18.0)] * 50)

    assert ask(db, 60.0) == pytest.approx(18.0, rel=0.1)


def test_is_never_negative(db: Database) -> None:
    teach(db, [(600.0, 3.0), (1.0, 2.9), (300.0, 1.0)])

    for audio_s in (0.0, 1.0, 10_000.0):
        estimate = ask(db, audio_s)
        assert estimate is not None
        assert estimate >= 0
