# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module logs_log_group: keep the log groups of a component as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import many
from .._logs.log_group import LogGroup

OPTIONS = dict(
    log_groups=many(
        retention_days=dict(type="int"),
        kms_key_id=dict(no_log=False),
        **{"class": dict(choices=["STANDARD", "INFREQUENT_ACCESS"])},
    ),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run(aws, [LogGroup(aws, item) for item in items(module, "log_groups")], "log_groups")
