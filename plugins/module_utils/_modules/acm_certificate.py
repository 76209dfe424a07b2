# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module acm_certificate: keep a certificate that AWS issues as described."""

from __future__ import annotations

from .._acm.certificate import Certificate
from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one

OPTIONS = one(
    domain=dict(required=True),
    alternative_names=dict(type="list", elements="str"),
    zone_id=dict(),
    key_algorithm=dict(choices=["RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"]),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, Certificate(aws, items(module)[0]), "certificate")
