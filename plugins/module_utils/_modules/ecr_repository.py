# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module ecr_repository: keep a repository of container images as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one
from .._ecr.repository import EMPTY
from .._ecr.repository import KEEP
from .._ecr.repository import Repository

OPTIONS = one(
    encryption=dict(choices=["AES256", "KMS", "KMS_DSSE"], default="AES256"),
    kms_key_id=dict(no_log=False),
    immutable_tags=dict(type="bool", default=True),
    scan_on_push=dict(type="bool", default=True),
    lifecycle=dict(type="dict", options=dict(untagged_days=dict(type="int"), keep_images=dict(type="int"))),
    policy=dict(type="dict"),
    removal=dict(choices=[KEEP, EMPTY], default=KEEP),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, Repository(aws, items(module)[0]), "repository")
