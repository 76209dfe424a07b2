# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module elbv2_listener_weights: move requests from one target group to another, and watch how they are answered."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one
from .._elbv2.weights import ListenerWeights

OPTIONS = one(
    state=dict(choices=["present"], default="present"),
    forward_id=dict(required=True),
    weights=dict(type="dict", required=True),
    fallback=dict(type="dict"),
    bake=dict(type="int", default=0),
    interval=dict(type="int", default=15),
    min_healthy=dict(type="float", default=100.0),
    max_5xx=dict(type="float"),
    max_latency=dict(type="float"),
    percentile=dict(type="float", default=99.0),
    min_requests=dict(type="int", default=0),
    alarms=dict(type="list", elements="str", default=[]),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, ListenerWeights(aws, items(module)[0]), "listener_weights")
