# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module elbv2_listener: keep the listeners of a load balancer as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import many
from .._elbv2.listener import Listener

ACTION = dict(
    type=dict(choices=["forward", "redirect", "fixed_response"], required=True),
    target_group_id=dict(),
    target_group_ids=dict(type="list", elements="str"),
    status_code=dict(),
    protocol=dict(),
    host=dict(),
    port=dict(),
    path=dict(),
    query=dict(),
    content_type=dict(),
    message_body=dict(),
)
TARGETS = ["target_group_id", "target_group_ids"]
NEEDS = [["type", "forward", TARGETS, True], ["type", "redirect", ["status_code"]], ["type", "fixed_response", ["status_code"]]]
OPTIONS = dict(
    load_balancer_id=dict(required=True),
    listeners=many(
        port=dict(type="int", required=True),
        protocol=dict(choices=["HTTP", "HTTPS"], required=True),
        certificate_arn=dict(),
        ssl_policy=dict(),
        default_action=dict(type="dict", required=True, options=ACTION, required_if=NEEDS, mutually_exclusive=[TARGETS]),
    ),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run(aws, [Listener(aws, item) for item in items(module, "listeners")], "listeners")
