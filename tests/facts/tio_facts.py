# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hold what stands to every fact of TIO, one line a fact; exit status 1 where one does not hold.

    python tests/facts/tio_facts.py      # as a client: endpoint and keys are in the environment

The facts are the design's table `inventories/tio`, written out again, a file an area: nothing is taken from the inventory, nor from the collection.
"""

from __future__ import annotations

import sys

import data_facts
import door_facts
import fleet_facts
import identity_facts
import network_facts
import operations_facts
from system_view import REGION, told
from tio_view import Tio

AREAS = (network_facts, door_facts, identity_facts, fleet_facts, data_facts, operations_facts)


def main() -> int:
    try:
        tio = Tio()
    except LookupError as missing:
        print(f"FAILS  in {REGION}: {missing}")
        return 1
    return told(fact for area in AREAS for fact in area.facts(tio))


if __name__ == "__main__":
    sys.exit(main())
