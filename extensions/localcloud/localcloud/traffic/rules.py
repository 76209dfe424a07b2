# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A listener's rules: which of them a request meets, and what they do with it.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html and rule-action-types.html
"""
from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from .messages import Head
from .weights import Turns

#: The default rule comes last.
LAST = 50001


@dataclass(frozen=True)
class Request:
    """What conditions look at: the head, the target's path and query apart, and the address that the client has."""

    head: Head
    path: str
    query: str
    source: str

    @property
    def method(self) -> str:
        return self.head.words[0]

    @property
    def host(self) -> str:
        """The name without its port, as the client wrote it."""
        return re.sub(r":\d+$", "", self.head.get("host"))


Test = Callable[[Request], bool]


@dataclass(frozen=True)
class Forward:
    """Target groups (ARN, weight), and for how many seconds a client stays with the first that it got (0: not at all)."""

    groups: tuple[tuple[str, int], ...]
    sticky: int = 0
    turns: Turns = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "turns", Turns(dict(self.groups)))


@dataclass(frozen=True)
class Answer:
    """What the load balancer says itself: a fixed response, or why it has none."""

    status: int
    content_type: str = "text/plain; charset=utf-8"
    body: str | None = None


@dataclass(frozen=True)
class Redirect:
    """Where to, with `#{host}` and the like in it."""

    status: int
    protocol: str
    host: str
    port: str
    path: str
    query: str

    def location(self, request: Request, protocol: str, port: int) -> str:
        """The address, of a request to a listener of that protocol and port."""
        known = {"protocol": protocol.lower(), "host": request.host, "port": str(port), "path": request.path.lstrip("/"), "query": request.query}
        protocol, host, port_, path, query = (
            re.sub(r"#\{(\w+)\}", lambda found: known.get(found[1], found[0]), part)
            for part in (self.protocol, self.host, self.port, self.path, self.query)
        )
        return f"{protocol.lower()}://{host}:{port_}{path}" + (f"?{query}" if query else "")


@dataclass(frozen=True)
class Rule:
    """Met by the requests that meet all conditions, which are as the API has them."""

    arn: str
    priority: int
    conditions: tuple[Mapping[str, Any], ...]
    action: Forward | Answer | Redirect
    tests: tuple[Test, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tests", tuple(_test(one) for one in self.conditions))

    def meets(self, request: Request) -> bool:
        return all(test(request) for test in self.tests)


def chosen(rules: Iterable[Rule], request: Request) -> Rule:
    """The first that the request meets; rules come in the order of their priority, and the last one has no conditions."""
    return next(rule for rule in rules if rule.meets(request))


def read_action(actions: Iterable[Mapping[str, Any]]) -> Forward | Answer | Redirect:
    """What the actions of a rule come to, as the API has them: the last of them in their order.

    A rule that logs users in first refuses everybody (561): nobody of this machine can be asked who they are.
    """
    *firsts, last = sorted(actions, key=lambda action: action.get("Order", 1))
    if firsts:
        return Answer(561)
    if last["Type"] == "redirect":
        to = last["RedirectConfig"]
        return Redirect(int(to["StatusCode"].removeprefix("HTTP_")), *(to[key] for key in ("Protocol", "Host", "Port", "Path", "Query")))
    if last["Type"] == "fixed-response":
        said = last["FixedResponseConfig"]
        return Answer(int(said["StatusCode"]), said.get("ContentType") or "text/plain; charset=utf-8", said.get("MessageBody") or "")
    config = last["ForwardConfig"]
    sticky = config.get("TargetGroupStickinessConfig") or {}
    groups = tuple((one["TargetGroupArn"], int(one.get("Weight", 1))) for one in config["TargetGroups"])
    return Forward(groups, int(sticky.get("DurationSeconds") or 0) if str(sticky.get("Enabled")).lower() == "true" else 0)


# -- conditions ------------------------------------------------------------------------------------------------


def _test(condition: Mapping[str, Any]) -> Test:
    name = condition["Field"]
    config = condition.get("".join(word.title() for word in name.split("-")) + "Config") or condition  # `http-header`: HttpHeaderConfig
    values = config["Values"]
    if name == "path-pattern":
        patterns = [_pattern(one) for one in values]
        return lambda request: any(one.fullmatch(request.path) for one in patterns)
    if name == "host-header":
        patterns = [_pattern(one, re.IGNORECASE) for one in values]
        return lambda request: any(one.fullmatch(request.host) for one in patterns)
    if name == "http-header":
        patterns, header = [_pattern(one, re.IGNORECASE) for one in values], config["HttpHeaderName"].lower()
        return lambda request: any(one.fullmatch(value) for value in request.head.all(header) for one in patterns)
    if name == "http-request-method":
        return lambda request: request.method in values
    if name == "source-ip":
        networks = [ipaddress.ip_network(one) for one in values]
        return lambda request: any(ipaddress.ip_address(request.source) in one for one in networks)
    pairs = [(_pattern(one.get("Key") or "*", re.IGNORECASE, escapes=True), _pattern(one["Value"], re.IGNORECASE, escapes=True)) for one in values]
    return lambda request: any(
        key.fullmatch(name) and value.fullmatch(text) for name, text in parse_qsl(request.query, keep_blank_values=True) for key, value in pairs
    )


def _pattern(wanted: str, flags: int = 0, escapes: bool = False) -> re.Pattern[str]:
    """`*` is any characters, `?` exactly one; where there are escapes, not so after a backslash."""
    parts = re.findall(r"\\[*?\\]|.", wanted, re.DOTALL) if escapes else list(wanted)
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(one) or re.escape(one[-1]) for one in parts), flags | re.DOTALL)
