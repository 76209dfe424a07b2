# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module stack_preflight: check that the account can give what a stack wants."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import answer
from .._core.spec import reading_module
from .._stack.preflight import check
from .._stack.preflight_quotas import QUOTAS

DEMAND = dict(
    quota=dict(required=True, choices=list(QUOTAS)), component=dict(required=True), count=dict(type="int", required=True), zone=dict(), of=dict()
)
FLEET = dict(
    component=dict(required=True),
    type=dict(required=True),
    min=dict(type="int", required=True),
    desired=dict(type="int", required=True),
    max=dict(type="int", required=True),
    zones=dict(type="list", elements="str", required=True),
)
LISTED = dict(type="list", elements="dict", default=[])
OPTIONS = dict(
    stack=dict(required=True),
    demands=dict(type="dict", required=True, options=dict(quotas=dict(**LISTED, options=DEMAND), fleets=dict(**LISTED, options=FLEET))),
    standing=dict(**LISTED, options={name: dict(required=True, no_log=False) for name in ("component", "type", "name", "key", "id")}),
    components=dict(type="list", elements="str"),
    adopt=dict(type="bool", default=False),
)


def main() -> None:
    module = reading_module(**OPTIONS)
    aws = Aws(module)
    answer(module, lambda: check(aws))
