# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What IAM's resources have in common: one of a name in the account, seen late, and changed by one caller at a time."""

from __future__ import annotations

import typing as t

from .._aws import tag_dict
from .._core.resource import NamedResource
from .._core.resource import Raw
from .._core.resource import Tags

MISSING = "NoSuchEntity"
#: Another change of the same object was not done yet (each operation's errors in the IAM API reference).
BUSY = ("ConcurrentModification",)


class IamResource(NamedResource):
    """A resource of IAM. Its tags come with the answer that describes it."""

    ID = "Arn"

    def write(self, operation: str, *, busy: t.Collection[str] = (), lagging: t.Collection[tuple[str, str]] = (), **params: t.Any) -> dict:
        """A write that may be repeated; that this very resource is not known everywhere yet is waited out."""
        return self.aws.call("iam", operation, busy=(*BUSY, *busy), lagging=((MISSING, self.identity.name), *lagging), **params)

    def tags_of(self, raw: Raw) -> Tags:
        return tag_dict(raw.get("Tags"))
