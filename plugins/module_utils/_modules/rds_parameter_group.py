# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module rds_parameter_group: keep the parameters of a component's database engine as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one
from .._rds.parameter_group import ParameterGroup

OPTIONS = one(
    family=dict(required=True),
    description=dict(required=True),
    parameters=dict(type="dict"),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, ParameterGroup(aws, items(module)[0]), "parameter_group")
