# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What takes AWS minutes is begun before anyone waits for it."""

from __future__ import annotations

import threading
import typing as t

from .conftest import PATIENCE
from .conftest import Runs
from .conftest import write_inventory

LONG = ("CreateNatGateway", "CreateLoadBalancer", "CreateDBInstance")


def until_begun(shop: Runs) -> threading.Timer:
    """Keep the NAT gateway pending until all that takes long was asked for; or, so that a run which does not ends, for a while."""
    begun: set[str] = set()

    def hook(record: dict[str, t.Any], phase: str) -> None:
        if phase == "after" and record["operation"] in LONG:
            begun.add(record["operation"])
            if begun == set(LONG):
                shop.cloud.dials.turn({"hold": []})

    shop.cloud.dials.turn({"hold": ["NatGateway"]})
    shop.cloud.on_call(hook)
    timer = threading.Timer(PATIENCE / 2, shop.cloud.dials.turn, [{"hold": []}])
    timer.start()
    return timer


def test_the_nat_gateway_the_door_and_the_database_are_begun_before_any_is_awaited(shop: Runs):
    write_inventory(shop, "more", {"databases": {"db": {"database_port": 3306, "database_clients": ["web"]}}})
    timer = until_begun(shop)
    writes = [one["operation"] for one in shop.ok("site").writes]
    assert timer.is_alive()  # nobody had to be let go on
    timer.cancel()
    route = max(place for place, operation in enumerate(writes) if operation == "CreateRoute")  # to the gateway: it comes last
    assert all(writes.index(operation) < route for operation in LONG)
    assert shop.ok("site").changes == set()
