# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From the arrows of the drawing to what an identity may do: nothing that no arrow asks for. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator

from .arrows import Component
from .arrows import Components
from .references import reference

if t.TYPE_CHECKING:
    from .wiring import Place

Statement = dict[str, t.Any]


def statements_of(identity: Component, components: Components, place: Place) -> list[Statement]:
    """The IAM statements of an identity: for each of its services, its log groups, and whatever it is a client of."""
    services = [one for one in components.values() if one.kind.prefix == "service" and one.arrow("identity") == identity.name]
    names = {service.name for service in services}
    found = [*_logs(services, place)]
    for one in components.values():
        clients = [name for name in one.clients if name in names]
        if one.kind.prefix == "bucket" and clients:
            found += _bucket(one, clients, place)
        elif one.kind.prefix == "database" and clients:
            found.append(_secret(one))
        elif one.kind.prefix == "delivery" and names & set(one.arrow("services") or []):
            found += _revisions(one, components, place)
    return found


def _logs(services: list[Component], place: Place) -> Iterator[Statement]:
    groups = sorted({group for service in services for group in service.arrow("log_groups") or []})
    if groups:
        arn = f"arn:{place.partition}:logs:{place.region}:{place.account}:log-group:"
        actions = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        yield _allow("Logs", actions, [f"{arn}{group}:*" for group in groups])


def _bucket(bucket: Component, clients: list[str], place: Place) -> Iterator[Statement]:
    """Each client's own prefix; an empty one is the whole bucket."""
    arn = f"arn:{place.partition}:s3:::{bucket.arrow('name')}"
    wanted = bucket.arrow("prefixes") or {}
    prefixes = sorted({str(wanted.get(client, f"{client}/")) for client in clients})
    label = _label(bucket.name)
    objects = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    yield _allow(f"Objects{label}", objects, [f"{arn}/{prefix}*" for prefix in prefixes])
    listing = _allow(f"List{label}", ["s3:ListBucket"], [arn])
    yield listing if "" in prefixes else {**listing, "Condition": {"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in prefixes]}}}
    yield _allow(f"Key{label}", ["kms:Decrypt", "kms:GenerateDataKey"], [reference(bucket.name, "kms_key", "key")])


def _secret(database: Component) -> Statement:
    secret = reference(database.name, "secretsmanager_secret", "secret")
    return _allow(f"Secret{_label(database.name)}", ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"], [secret])


def _revisions(delivery: Component, components: Components, place: Place) -> Iterator[Statement]:
    """What the CodeDeploy agent fetches: the revisions, by the key that they are encrypted with."""
    bucket = components.get(delivery.arrow("bucket") or "")
    if bucket:
        arn = f"arn:{place.partition}:s3:::{bucket.arrow('name')}"
        label = _label(delivery.name)
        yield _allow(f"Revisions{label}", ["s3:GetObject", "s3:GetObjectVersion"], [f"{arn}/{delivery.arrow('prefix')}*"])
        yield _allow(f"RevisionsKey{label}", ["kms:Decrypt"], [reference(bucket.name, "kms_key", "key")])


def _label(name: str) -> str:
    """A component's name as a part of a statement's id, which holds letters and digits alone."""
    return "".join(part.capitalize() for part in "".join(char if char.isalnum() else " " for char in name).split())


def _allow(label: str, actions: list[str], resources: list[str]) -> Statement:
    return {"Sid": label, "Effect": "Allow", "Action": actions, "Resource": resources}
