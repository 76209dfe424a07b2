# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Remove, or list, what a stack owns and nobody wants."""

from __future__ import annotations

import typing as t

from .._aws import Aws
from .._core.run import run_stages
from .burst import read_owned
from .types import REMOVAL


def remove(aws: Aws) -> t.NoReturn:
    """Plan the removal of what the stack owns but for what is kept, and carry it out, or list it as orphaned."""
    params = aws.module.params
    listing = params["state"] == "listed"
    frame = run_stages(aws, _unwanted(aws, params), "absent", planning=listing)
    planned = [{**entry, "action": "orphaned"} if listing else entry for entry in frame.result()["planned"]]
    returns = {"changed": False, "diff": []} if listing else {}
    frame.exit(**returns, planned=planned)


def _unwanted(aws: Aws, params: dict[str, t.Any]) -> list[list[t.Any]]:
    wanted = set(params["keep"])
    components, types = params["components"], params["types"]

    def unwanted(resource: t.Any) -> bool:
        return resource.id not in wanted and not resource.is_gone and (components is None or resource.identity.component in components)

    stages = [[kind for kind in stage if types is None or kind.TYPE in types] for stage in REMOVAL]
    owned = read_owned(aws, params["stack"], [kind for stage in stages for kind in stage])
    return [[one for kind in stage for one in owned[kind] if unwanted(one)] for stage in stages]
