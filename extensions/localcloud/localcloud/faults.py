# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults that AWS has and an emulator has not: lost replies, throttling, reads that lag behind creates.

Each fault is a dict: its `kind`, an optional `operation` (without: any mutating one, or any at all when
throttling), and its own keys.

    {"kind": "lose_reply", "operation": "CreateVpc", "nth": 1}    committed, then the connection drops
    {"kind": "throttle", "share": 0.3, "seed": 1}                 refused in the service's own words, not committed
    {"kind": "not_found_after_create", "seconds": 2}              what was just created is not yet to be seen
"""
from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .ec2_kinds import CREATED_BY, DESCRIBED_BY, Kind, kind_of, not_found
from .replies import AwsError, Reply

if TYPE_CHECKING:
    from .call import Call

_KEYS = {"throttle": {"share", "seed"}, "lose_reply": {"nth"}, "not_found_after_create": {"seconds"}}
# How a service refuses a caller who is too fast, where it is not its protocol's usual way. Sources: each service's
# "Common errors" page; EC2's is
# https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
_THROTTLING = {
    "ec2": ("RequestLimitExceeded", 503),
    "s3": ("SlowDown", 503),
    "lambda": ("TooManyRequestsException", 429),
    "apigateway": ("TooManyRequestsException", 429),
    "apigatewayv2": ("TooManyRequestsException", 429),
    "cloudfront": ("Throttling", 400),
    "route53": ("Throttling", 400),
}


class Fault:
    """A fault that is armed. The hooks of a call do nothing unless a kind of fault says otherwise."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given
        self.operation = given.get("operation")

    def before(self, call: Call) -> None:
        """May raise the AwsError that refuses the call."""

    def after(self, call: Call, reply: Reply) -> bool:
        """Look at, or alter, the reply of a committed call; True loses it."""
        return False

    def _meant(self, call: Call) -> bool:
        return call.operation == self.operation if self.operation else call.mutating


class LoseReply(Fault):
    """Drops the connection after the n-th call was committed."""

    def __init__(self, given: dict[str, Any]) -> None:
        super().__init__(given)
        self.left = int(given.get("nth", 1))
        self._lock = threading.Lock()

    def after(self, call: Call, reply: Reply) -> bool:
        if reply.error_code or not self._meant(call):
            return False
        with self._lock:
            self.left -= 1
            return self.left == 0


class Throttle(Fault):
    """Refuses a share of the calls; the same seed refuses the same ones of a row of calls."""

    def __init__(self, given: dict[str, Any]) -> None:
        super().__init__(given)
        self.share = float(given["share"])
        self._random = random.Random(given.get("seed", 0))

    def before(self, call: Call) -> None:
        if self.operation and call.operation != self.operation:
            return
        if self._random.random() >= self.share:
            return
        protocol = call.model.service_model.protocol if call.model else ""
        usual = ("ThrottlingException" if "json" in protocol else "Throttling", 400)
        code, status = _THROTTLING.get(call.service, usual)
        raise AwsError(code, "Rate exceeded", status)


class NotFoundAfterCreate(Fault):
    """Hides what was just created, from everybody: from describes, from lists and from calls that name it."""

    def __init__(self, given: dict[str, Any]) -> None:
        super().__init__(given)
        self.seconds = float(given["seconds"])
        self._hidden: dict[str, float] = {}

    def before(self, call: Call) -> None:
        if call.service != "ec2":
            return
        for resource_id in call.resources():
            if self._hides(resource_id):
                raise not_found(resource_id, call.operation or "")

    def after(self, call: Call, reply: Reply) -> bool:
        if call.service != "ec2" or reply.error_code or call.operation is None:
            return False
        for resource_id in created_ids(call, reply):
            if self.operation in (None, call.operation):
                self._hidden[resource_id] = time.monotonic() + self.seconds
        if kind := DESCRIBED_BY.get(call.operation):
            reply.body = _without(reply.body, kind, self._hides)
        return False

    def _hides(self, resource_id: str) -> bool:
        return self._hidden.get(resource_id, 0) > time.monotonic()


def created_ids(call: Call, reply: Reply) -> Iterator[str]:
    """The ids of what an EC2 create made."""
    kind = CREATED_BY.get(call.operation or "") if call.service == "ec2" else None
    if kind and not reply.error_code:
        if found := re.search(rf"<{kind.element}>([^<]+)<", reply.body.decode()):
            yield found[1]


def _without(body: bytes, kind: Kind, hides: Any) -> bytes:
    from xml.etree import ElementTree

    root = ElementTree.fromstring(body)
    space = root.tag.partition("}")[0] + "}" if "}" in root.tag else ""
    ElementTree.register_namespace("", space.strip("{}"))
    for items in root:
        for item in list(items):
            resource_id = item.findtext(f"{space}{kind.element}")
            if resource_id and hides(resource_id) and kind_of(resource_id) is kind:
                items.remove(item)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


_KINDS: dict[str, type[Fault]] = {
    "lose_reply": LoseReply,
    "throttle": Throttle,
    "not_found_after_create": NotFoundAfterCreate,
}


def read_faults(given: list[dict[str, Any]]) -> list[Fault]:
    """Arm faults. Raises ValueError where one is of no known kind, or has a key that its kind has not."""
    faults = []
    for each in given:
        if not isinstance(each, dict) or each.get("kind") not in _KINDS:
            raise ValueError(f"no such fault: {each!r}; there are {', '.join(_KINDS)}")
        if unknown := set(each) - {"kind", "operation"} - _KEYS[each["kind"]]:
            raise ValueError(f"{each['kind']} has no {', '.join(sorted(unknown))}")
        try:
            faults.append(_KINDS[each["kind"]](each))
        except KeyError as missing:
            raise ValueError(f"{each['kind']} needs {missing}") from None
    return faults
