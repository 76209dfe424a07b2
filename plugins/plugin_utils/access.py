# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From the arrows of the drawing to what an identity may do: nothing that no arrow asks for. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator
from collections.abc import Mapping

from .arrows import Component
from .arrows import Components
from .kinds import SERVING
from .references import reference

if t.TYPE_CHECKING:
    from .wiring import Place

Statement = dict[str, t.Any]


def statements_of(identity: Component, components: Components, place: Place) -> list[Statement]:
    """The IAM statements of an identity: for each of its services, its log groups, and whatever it is a client of."""
    services = [one for one in components.values() if one.kind.prefix in SERVING and one.arrow("identity") == identity.name]
    return _statements(services, components, place)


def task_statements(service: Component, components: Components, place: Place) -> list[Statement]:
    """What the containers of a service without an identity may do themselves."""
    return _statements([service], components, place)


def execution_statements(service: Component, place: Place) -> list[Statement]:
    """What ECS does for the tasks of a service before they run: fetch the image, open their log, read the secrets that they are handed.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    where = f"{place.region}:{place.account}"
    repository = f"arn:{place.partition}:ecr:{where}:repository/{service.arrow('repository_name')}"
    group = f"arn:{place.partition}:logs:{where}:log-group:{service.arrow('log_group')}:*"
    secrets = (service.arrow("secrets") or {}).values()
    arns, keys = sorted({secret_arn(one) for one in secrets}), sorted({one["key_arn"] for one in secrets if one.get("key_arn")})
    return [
        _allow("RegistryToken", ["ecr:GetAuthorizationToken"], ["*"]),  # takes no resource
        _allow("Images", ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], [repository]),
        _allow("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], [group]),
        *([_allow("Secrets", ["secretsmanager:GetSecretValue"], arns)] if arns else []),
        *([_allow("SecretKeys", ["kms:Decrypt"], keys)] if keys else []),
    ]


def secret_arn(wanted: Mapping[str, t.Any]) -> str:
    """The secret that a container is handed: a database's, or the one that is given by its ARN."""
    return reference(wanted["component"], "secretsmanager_secret", "secret") if wanted.get("component") else wanted["arn"]


def _statements(services: list[Component], components: Components, place: Place) -> list[Statement]:
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
