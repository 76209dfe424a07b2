# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The names of a key: its id, its ARN, an alias, an alias's ARN.

https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
"""

from __future__ import annotations

from .._aws import Aws
from .._core.plan import is_unknown


def short_key_id(aws: Aws, key: str | None) -> str | None:
    """The id or alias of a key of this account and region, however it was named; another account's keeps its ARN."""
    if not key or not key.startswith("arn:"):
        return key
    own = f"arn:{aws.partition}:kms:{aws.region}:{aws.account}:"
    return key.removeprefix(own).removeprefix("key/")


def is_name_of(aws: Aws, name: str | None, arn: str) -> bool:
    """Whether a name (an id, an alias, an ARN) is that of the key of this ARN."""
    if not name or not arn or is_unknown(name):
        return False
    if "alias/" in name:
        key = aws.find("kms", "describe_key", "KeyMetadata", "NotFoundException", KeyId=name)
        return bool(key) and key["Arn"] == arn
    return arn == name or arn.endswith(f"key/{name}")
