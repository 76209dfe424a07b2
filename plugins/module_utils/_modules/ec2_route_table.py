# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module ec2_route_table: keep the route tables of a component as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import many
from .._ec2.route_table import RouteTable

OPTIONS = dict(
    vpc_id=dict(required=True),
    route_tables=many(
        routes=dict(
            type="list", elements="dict", options=dict(destination=dict(required=True), target=dict(required=True))
        ),
        subnet_ids=dict(type="list", elements="str"),
    ),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run(aws, [RouteTable(aws, item) for item in items(module, "route_tables")], "route_tables")
