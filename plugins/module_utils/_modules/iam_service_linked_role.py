# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module iam_service_linked_role: see to it that AWS's own roles for services stand."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run
from .._core.spec import frame_module
from .._iam.service_linked_role import ServiceLinkedRole

OPTIONS = dict(
    # A service's own role is the whole account's: no stack takes it away.
    state=dict(choices=["present"], default="present"),
    services=dict(type="list", elements="str", required=True),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run(aws, [ServiceLinkedRole(aws, {**module.params, "key": one, "name": one}) for one in module.params["services"]], "roles")
