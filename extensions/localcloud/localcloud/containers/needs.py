# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a task needs before its containers can start: a role that ECS may assume, secrets, log groups, images.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""
from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from moto.ecr.models import ecr_backends
from moto.iam.models import Role, iam_backends
from moto.kms.models import kms_backends
from moto.logs.models import logs_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.ssm.models import ssm_backends
from moto.utilities.utils import get_partition

from ..dials import DIALS
from ..policies import allowed, Asked

#: An image of a private registry of ECR: account, region, repository, tag or digest.
ECR_IMAGE = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+)(?::([^@]+))?(?:@(sha256:[0-9a-f]{64}))?")
_SECRET = re.compile(r"(arn:[^:]+:secretsmanager:([^:]+):\d+:secret:[^:]+)(?::([^:]*):([^:]*):([^:]*))?")
_UNABLE = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
_ASSUMED = "ecs-tasks.amazonaws.com"
_PULL = ("ecr:BatchGetImage", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer")


class Lack(Exception):
    """Why a task cannot start, in the words of its stoppedReason."""


def unassumable(account: str, region: str, definition: Any) -> str | None:
    """The role of a definition that ECS may not assume for its tasks; None where there is none such."""
    named = [getattr(definition, name, None) for name in ("task_role_arn", "execution_role_arn")]
    return next((one for one in named if one and not _trusts(_role(account, region, one))), None)


def _role(account: str, region: str, arn: str) -> Role | None:
    roles = iam_backends[account][get_partition(region)].roles
    return next((one for one in roles.values() if arn in (one.arn, one.name)), None)


def _trusts(role: Role | None) -> bool:
    if role is None:
        return False
    statements = json.loads(role.assume_role_policy_document)["Statement"]
    principals = [one.get("Principal", {}) for one in (statements if isinstance(statements, list) else [statements]) if one["Effect"] == "Allow"]
    services = [one.get("Service", []) for one in principals if isinstance(one, dict)]
    return any(_ASSUMED in ([few] if isinstance(few, str) else few) for few in services)


def meet(account: str, region: str, definition: Any) -> dict[str, str]:
    """Fetch all that the containers need. Gives the digest of each image of this account's registry, by container.

    Raises Lack with the first thing that is not there, or that the execution role may not have (dial `enforce_iam`).
    """
    rights = _Rights(account, region, getattr(definition, "execution_role_arn", None))
    containers = definition.container_definitions
    for container in containers:
        for secret in container.get("secrets", []):
            _fetch(account, region, secret["valueFrom"], rights)
    for container in containers:
        _open_log(account, region, container, rights)
    return {one["name"]: digest for one in containers if (digest := _pull(account, one["image"], rights))}


class _Rights:
    """What an execution role may do."""

    def __init__(self, account: str, region: str, arn: str | None) -> None:
        self._arn, self._region = arn, region
        self._role = _role(account, region, arn) if arn else None

    def require(self, lack: str, action: str, resource: str, **context: list[str]) -> None:
        """Raises Lack unless it may. `lack` says what AWS could not do."""
        if not DIALS.enforce_iam:
            return
        known = {"aws:PrincipalArn": [self._arn or ""], "aws:RequestedRegion": [self._region]} | context
        if not allowed(self._documents(), Asked(action, resource, known)):
            who = f"User: {self._arn} is not authorized to perform: {action} on resource: {resource}"
            raise Lack(f"{lack}AccessDeniedException: {who} because no identity-based policy allows the {action} action")

    def _documents(self) -> Iterator[Any]:
        if self._role:
            yield from map(json.loads, self._role.policies.values())
            for policy in self._role.managed_policies.values():
                yield from (json.loads(version.document) for version in policy.versions if version.is_default)


def _fetch(account: str, region: str, source: str, rights: _Rights) -> None:
    found = _SECRET.fullmatch(source)
    if found is None:
        return _fetch_parameter(account, region, source, rights)
    arn, its_region, field, stage, version = found.groups()
    lack = f"{_UNABLE}unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret {arn} from secrets manager: "
    rights.require(lack, "secretsmanager:GetSecretValue", arn)
    backend = secretsmanager_backends[account][its_region]
    secret = backend.secrets.get(arn)
    if secret is None or secret.is_deleted():
        raise Lack(f"{lack}ResourceNotFoundException: Secrets Manager can't find the specified secret.")
    key = secret.kms_key_id
    if key and not key.endswith("alias/aws/secretsmanager"):
        via = {"kms:ViaService": [f"secretsmanager.{its_region}.amazonaws.com"]}
        rights.require(lack, "kms:Decrypt", kms_backends[account][its_region].describe_key(key).arn, **via)
    value = _version(secret, version, stage or "AWSCURRENT")
    if value is None:
        raise Lack(f"{lack}ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: {stage or 'AWSCURRENT'}")
    if field and field not in _fields(value):
        raise Lack(f"{_UNABLE}unable to retrieve secret from asm: service call has been retried 1 time(s): "
                   f"retrieved secret from Secrets Manager did not contain json key {field}")  # fmt: skip


def _version(secret: Any, version: str | None, stage: str) -> str | None:
    if version:
        return secret.versions.get(version, {}).get("secret_string")
    return next((one.get("secret_string") for one in secret.versions.values() if stage in one["version_stages"]), None)


def _fields(value: str) -> set[str]:
    try:
        found = json.loads(value)
    except ValueError:
        return set()
    return set(found) if isinstance(found, dict) else set()


def _fetch_parameter(account: str, region: str, source: str, rights: _Rights) -> None:
    name = source.partition(":parameter")[2] or source
    lack = f"{_UNABLE}unable to retrieve secrets from ssm: service call has been retried 1 time(s): "
    arn = source if source.startswith("arn:") else f"arn:{get_partition(region)}:ssm:{region}:{account}:parameter/{name.lstrip('/')}"
    rights.require(lack, "ssm:GetParameters", arn)
    if ssm_backends[account][region].get_parameter(name) is None:
        raise Lack(f"{lack}invalid parameters: {name}")


def log_of(region: str, task: str, container: dict[str, Any]) -> tuple[str, str, str] | None:
    """Region, group and stream that a container of a task logs to; None where it logs to nowhere here."""
    given = container.get("logConfiguration", {})
    if given.get("logDriver") != "awslogs":
        return None
    options = given["options"]
    return options.get("awslogs-region", region), options["awslogs-group"], f"{options['awslogs-stream-prefix']}/{container['name']}/{task}"


def _open_log(account: str, region: str, container: dict[str, Any], rights: _Rights) -> None:
    found = log_of(region, "", container)
    if found is None:
        return
    its_region, group, _stream = found
    lack = "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: "
    arn = f"arn:{get_partition(its_region)}:logs:{its_region}:{account}:log-group:{group}"
    backend = logs_backends[account][its_region]
    if group not in backend.groups and container["logConfiguration"]["options"].get("awslogs-create-group") == "true":
        rights.require(lack, "logs:CreateLogGroup", arn)
        backend.create_log_group(group, {})
    if group not in backend.groups:
        raise Lack(f"{lack}ResourceNotFoundException: The specified log group does not exist. : exit status 1")
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        rights.require(lack, action, f"{arn}:log-stream:{_stream}")


def _pull(account: str, image: str, rights: _Rights) -> str | None:
    """The digest of an image; None for one of a registry that this cloud does not have: nobody knows it, and it is there."""
    found = ECR_IMAGE.fullmatch(image)
    if found is None or found[1] != account:
        return None
    _account, region, name, tag, digest = found.groups()
    rights.require(f"{_UNABLE}unable to retrieve ecr registry auth: service call has been retried 3 time(s): ", "ecr:GetAuthorizationToken", "*")
    lack = f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}: "
    for action in _PULL:
        rights.require(lack, action, f"arn:{get_partition(region)}:ecr:{region}:{account}:repository/{name}")
    repository = ecr_backends[account][region].repositories.get(name)
    images = repository.images if repository else []
    wanted = [one for one in images if (one.image_digest == digest if digest else (tag or "latest") in one.image_tags)]
    if not wanted:
        raise Lack(f"{lack}{image}: not found")
    return wanted[0].image_digest
