# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make all of TIO as somebody would in the console: the document's names, and no tag of a stack.

    python tests/facts/by_hand.py      # as a client: endpoint and keys are in the environment

For what adopts: it must find each of these by its name, and name how it differs from the design. They do differ:

- the bucket keeps no versions, and its logs are never expired;
- Node's fleet may grow to five, and Python is asked for its health at /health;
- Node's log group keeps what it gets for ever;
- the role has the document's policies of AWS's own, which reach every bucket, parameter and log group;
- the operators' policy goes by the tag Service, for nothing bears a stack's.
"""

from __future__ import annotations

from hand_data import let_hosts_read, make_bucket, make_database, make_key, make_roles
from hand_network import make_network
from hand_operations import make_alarms, make_delivery, make_log_groups, make_operators
from hand_services import make_doors, make_fleets


def main() -> None:
    make_roles()  # first: other services know a role only after a while
    network = make_network()
    key = make_key()
    bucket = make_bucket(key)
    secret = make_database(network)
    let_hosts_read(secret, key)
    doors = make_doors(network)
    make_log_groups(key)
    make_fleets(network, doors)
    make_delivery()
    make_alarms(doors)
    make_operators()
    print(f"TIO stands, made by hand: {network.vpc}, {', '.join(doors.balancers)}, bucket {bucket}")


if __name__ == "__main__":
    main()
