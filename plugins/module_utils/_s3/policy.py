# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The policy of a bucket: TLS always, and no statement that shuts out who wrote it. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
"""

from __future__ import annotations

import fnmatch
import json
import re
import typing as t
from dataclasses import dataclass

from .._iam.documents import canonical
from .._iam.documents import compact
from .._iam.documents import Document

#: The statement that every bucket has.
TLS = "GroundworkTlsOnly"
#: How a request came, and not who sent it.
WAYS = ("aws:sourcevpce", "aws:sourcevpc", "aws:sourceip", "aws:vpcsourceip")
#: What this collection itself does to a bucket: without these nobody but the account's root mends it again.
NEEDED = ("s3:ListBucket", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy")


@dataclass(frozen=True)
class Caller:
    """Who runs this: its ARN, its unique id, and its account, as STS tells them."""

    arn: str
    user_id: str
    account: str

    @property
    def facets(self) -> dict[str, str]:
        """The condition keys that name a caller. Of a session it is the role's ARN that policies see."""
        role = re.fullmatch(r"arn:([^:]+):sts::(\d+):assumed-role/([^/]+)/.*", self.arn)
        arn = f"arn:{role[1]}:iam::{role[2]}:role/{role[3]}" if role else self.arn
        return {"aws:principalarn": arn, "aws:userid": self.user_id, "aws:principalaccount": self.account}


@dataclass(frozen=True)
class Policies:
    """The policies of one bucket, whose ARN lies in ``partition``."""

    arn: str
    partition: str

    def statements(self, given: t.Iterable[Document]) -> list[Document]:
        """Statements in canonical form; one that names no resource is about the bucket and all its objects."""
        both = {"Resource": [self.arn, f"{self.arn}/*"]}
        whole = [one if {"Resource", "NotResource"} & set(one) else {**one, **both} for one in given]
        return canonical({"Statement": whole}, self.partition)["Statement"]

    @property
    def _tls(self) -> Document:
        deny = {"Sid": TLS, "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
        return self.statements([deny])[0]

    def read(self, text: str | None) -> tuple[list[Document], bool]:
        """The statements of a policy but for ours, and whether ours is among them, by whatever id."""
        found = self.statements(json.loads(text)["Statement"] if text else [])
        ours = [one for one in found if {**one, "Sid": TLS} == self._tls]
        return [one for one in found if one.get("Sid") != TLS and one not in ours], bool(ours)

    def write(self, statements: t.Iterable[Document]) -> str:
        return compact({"Version": "2012-10-17", "Statement": [self._tls, *statements]})

    def complaint(self, statements: t.Iterable[Document], caller: Caller) -> str | None:
        """Why a policy must not be written: it would deny this very caller the bucket, by the way the request came."""
        for one in statements:
            ways = _ways(one)
            if one.get("Effect") == "Deny" and ways and self._covers(one) and _meets(one, caller) and not _spares(one, caller):
                return (
                    f"statement {one.get('Sid') or compact(one)} denies what keeping the bucket needs by {', '.join(ways)}, and nobody is spared: who"
                    f" comes another way could not mend it, but for the account's root. Spare this run's role ({caller.facets['aws:principalarn']})"
                    f" by a condition ArnNotLike on aws:PrincipalArn, or deny on objects alone ({self.arn}/*)"
                )
        return None

    def _covers(self, statement: Document) -> bool:
        about = any(_like(self.arn, one) for one in statement.get("Resource", []))
        others = "NotResource" in statement and not any(_like(self.arn, one) for one in statement["NotResource"])
        return (about or others) and any(_denies(statement, action) for action in NEEDED)


def may_lock_out(statements: t.Iterable[Document]) -> bool:
    """Whether a statement denies by the way a request came, so that it matters who the caller is."""
    return any(one.get("Effect") == "Deny" and _ways(one) for one in statements)


def _ways(statement: Document) -> list[str]:
    return sorted({key for tests in statement.get("Condition", {}).values() for key in tests if key.lower() in WAYS})


def _like(value: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(value.lower(), pattern.lower().replace("[", "[[]"))


def _denies(statement: Document, action: str) -> bool:
    if "NotAction" in statement:
        return not any(_like(action, one) for one in statement["NotAction"])
    return any(_like(action, one) for one in statement.get("Action", []))


def _meets(statement: Document, caller: Caller) -> bool:
    """Whether the statement is about this caller: everybody, its account, or itself."""
    own = {"*", f":{caller.account}:root", caller.facets["aws:principalarn"]}

    def named(key: str) -> bool:
        return any(who in own or who.endswith(f":{caller.account}:root") for who in statement.get(key, {}).get("AWS", []))

    return not named("NotPrincipal") if "NotPrincipal" in statement else named("Principal")


def _spares(statement: Document, caller: Caller) -> bool:
    """Whether a condition on who calls keeps the statement from this caller."""
    for operator, tests in statement.get("Condition", {}).items():
        for key, values in tests.items():
            own = caller.facets.get(key.lower())
            if own is not None and any(_is(own, one) for one in values) == ("not" in operator.lower()):
                return True
    return False


def _is(own: str, pattern: str) -> bool:
    # The ARN of a session does not tell the path of its role.
    return _like(own, pattern) or _like(own, re.sub(r":role/.*/", ":role/", pattern))
