# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a case is. ``aws`` has a boto3 client for each service: aws.ec2, aws.elbv2."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

Ids = dict[str, str]
ZONE = "ap-northeast-2a"
TAGS = {"team": "shop"}


@dataclass(frozen=True)
class Case:
    """``given`` makes what the module refers to and returns ids; the rest are the module's options, made from those."""

    module: str
    given: t.Callable[[t.Any], Ids]
    create: t.Callable[[Ids], dict[str, t.Any]]
    change: t.Callable[[Ids], dict[str, t.Any]]
    #: Operations of a create, each of which may lose its reply.
    creates: tuple[str, ...]
    #: How each key that AWS lets one change is changed behind the back: key -> (aws, id of the first, ids by key).
    drift: dict[str, t.Callable[[t.Any, str, Ids], t.Any]]
    #: Keys of the shape that the options do not name one to one, or that AWS cannot change: not in drift, with the reason.
    fixed: dict[str, str]


def nothing(aws: t.Any) -> Ids:
    return {}
