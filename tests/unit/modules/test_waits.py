# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What one run begins, another may wait for."""

from __future__ import annotations

import pytest

from .cases.table import BY_NAME
from .conftest import Runner

#: Moto's class that stays on its way, and the operation that looks at it.
HELD = {"ec2_nat_gateway": ("NatGateway", "DescribeNatGateways"), "elbv2_load_balancer": ("FakeLoadBalancer", "DescribeLoadBalancers")}


def let_go_at_look(run: Runner, nth: int, operation: str) -> None:
    """Have what is held come to its end when it is looked at for the nth time."""
    seen: list[int] = []

    def hook(record: dict, phase: str) -> None:
        if phase == "after" and record["operation"] == operation:
            seen.append(record["n"])
            if len(seen) == nth:
                run.cloud.dials.turn({"hold": []})

    run.cloud.on_call(hook)


@pytest.mark.parametrize("name", HELD)
def test_what_was_begun_without_waiting_is_waited_for_by_the_next_run(run, aws, name: str):
    held, look = HELD[name]
    case = BY_NAME[name]
    ids = case.given(aws)
    run.cloud.dials.turn({"hold": [held]})
    assert run.ok(name, **case.create(ids), wait=False)["changed"]
    let_go_at_look(run, 6, look)
    run.ok(name, **case.create(ids), wait=False)
    run.ok(name, **case.create(ids), check=True)
    assert run.cloud.dials.hold == [held]  # neither waited
    writes = len(run.writes())
    assert not run.ok(name, **case.create(ids))["changed"]
    assert run.cloud.dials.hold == []  # it looked until it was there
    assert len(run.writes()) == writes
