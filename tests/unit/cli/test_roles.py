"""The commands of the roles."""

import pytest

from app.cli.roles import LEAST_KEPT_BYTES, worker_command
from app.contract.enums import Lane

MOST = "--max-memory-per-child"


@pytest.mark.parametrize("lanes", [[Lane.GPU], [Lane.CPU, Lane.GPU]])
def test_a_process_that_holds_models_is_not_replaced_for_it(lanes: list[Lane]) -> None:
    command = worker_command(lanes)

    assert int(command[command.index(MOST) + 1]) * 1024 >= LEAST_KEPT_BYTES


@pytest.mark.parametrize("lane", [Lane.CPU, Lane.IO])
def test_the_other_lanes_keep_the_usual_limit(lane: Lane) -> None:
    assert MOST not in worker_command([lane])
