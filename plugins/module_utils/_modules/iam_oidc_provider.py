# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module iam_oidc_provider: keep an OpenID Connect provider as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one
from .._iam.oidc_provider import OidcProvider

OPTIONS = one(
    url=dict(required=True),
    audiences=dict(type="list", elements="str"),
    thumbprints=dict(type="list", elements="str"),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, OidcProvider(aws, items(module)[0]), "provider")
