# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module ec2_security_group: keep a security group with its rules as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one
from .._ec2.security_group import SecurityGroup

RULES = dict(
    type="list",
    elements="dict",
    options=dict(
        protocol=dict(default="tcp"),
        from_port=dict(type="int"),
        to_port=dict(type="int"),
        source=dict(required=True),
        description=dict(),
    ),
)
OPTIONS = one(
    vpc_id=dict(required=True),
    description=dict(required=True),
    ingress=RULES,
    egress=RULES,
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, SecurityGroup(aws, items(module)[0]), "security_group")
