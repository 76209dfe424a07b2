# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module elbv2_listener_rule: keep the rules of a listener as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import many
from .._elbv2.listener_rule import ListenerRule

TARGETS = [["target_group_id", "target_group_ids"]]
OPTIONS = dict(
    listener_id=dict(required=True),
    rules=many(
        priority=dict(type="int"),
        paths=dict(type="list", elements="str"),
        hosts=dict(type="list", elements="str"),
        target_group_id=dict(),
        target_group_ids=dict(type="list", elements="str"),
    )
    | dict(required_one_of=TARGETS, mutually_exclusive=TARGETS),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run(aws, [ListenerRule(aws, item) for item in items(module, "rules")], "rules")
