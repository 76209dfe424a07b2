# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is made: TIO as inventories/tio has it, or any number of services behind one load balancer."""

from __future__ import annotations

import shutil
import typing as t
from pathlib import Path

import yaml

from .cloud import REGION

ROOT = Path(__file__).parents[2]
TIO = "tio"
#: How the stacks of services are called, before their number.
FLEET = "fleet"
#: The one component that is changed, and to what.
CHANGED, HEALTH_PATH = "node", "/health"


def services(number: int) -> dict[str, dict[str, int]]:
    """So many services by name, each with its port and the priority of its rule: all that differs between them."""
    return {f"s{one:02}": {"port": 8000 + one, "priority": one} for one in range(1, number + 1)}


def number_of(stack: str) -> int:
    """How many services a stack has."""
    return 3 if stack == TIO else int(stack.removeprefix(FLEET))


def write_inventory(stack: str, folder: Path) -> None:
    """This collection's inventory of a stack."""
    if stack == TIO:
        shutil.copytree(ROOT / "inventories" / "tio", folder)
        return
    folder.mkdir()
    (folder / "hosts.yml").write_text(yaml.safe_dump({"components": _fleet(number_of(stack))}), encoding="utf-8")


def change_inventory(folder: Path) -> None:
    """Let the load balancer ask one of TIO's services elsewhere for its health."""
    file = folder / "host_vars" / f"{CHANGED}.yml"
    file.write_text(f"{file.read_text(encoding='utf-8')}service_health_path: {HEALTH_PATH}\n", encoding="utf-8")


def _fleet(number: int) -> dict[str, t.Any]:
    here = {
        "stack_name": FLEET,
        "stack_region": REGION,
        "ansible_connection": "groundwork.aws.warm",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "ansible_pipelining": True,
    }
    parts = {
        "networks": {"vpc": {"network_cidr": "10.0.0.0/16", "network_zones": ["a", "b"], "network_tiers": _tiers(), "network_endpoints": _endpoints()}},
        "identities": {"hosts_role": {}},
        "load_balancers": {"door": {"load_balancer_scheme": "internet-facing", "load_balancer_ports": [80], "load_balancer_clients": ["internet"]}},
        "services": {name: _service(name, one) for name, one in services(number).items()},
    }
    return {"vars": here, "children": {group: {"hosts": hosts} for group, hosts in parts.items()}}


def _tiers() -> dict[str, dict[str, str]]:
    return {"public": {"egress": "internet"}, "private": {"egress": "nat"}}


def _endpoints() -> list[dict[str, t.Any]]:
    return [{"service": "s3", "type": "gateway", "tiers": ["private"]}]


def _service(name: str, one: dict[str, int]) -> dict[str, t.Any]:
    return {
        "service_instance_type": "t3.micro",
        "service_capacity": {"min": 1, "desired": 1, "max": 2},
        "service_identity": "hosts_role",
        "service_scaling": [{"metric": "cpu", "target": 60}],
        "service_routes": [{"load_balancer": "door", "paths": [f"/api/{name}/*"], "priority": one["priority"]}],
        "service_log_groups": [f"/my-shop/ec2/{name}-application"],
        "service_port": one["port"],
        "service_clients": ["door"],
    }
