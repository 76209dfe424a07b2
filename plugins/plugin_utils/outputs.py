# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a stack hands out, and how people are told: each line says what one can do next. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator
from collections.abc import Mapping

Outputs = Mapping[str, t.Any]


def summary(components: Mapping[str, Mapping[str, t.Any]], outputs: Mapping[str, Outputs], region: str) -> list[str]:
    """The lines of a summary. ``components``: as the declaration has them, by name; ``outputs``: of each that has any."""
    told = ((name, TOLD.get(components[name]["kind"])) for name in sorted(outputs))
    return [f"{name}: {line}" for name, tell in told if tell for line in tell(outputs[name], region)]


def _load_balancer(outputs: Outputs, region: str) -> Iterator[str]:
    if outputs.get("url"):
        yield outputs["url"]
    for record in outputs.get("records_to_add") or []:
        yield f"add {record['type']} {record['name']} -> {record['value']} to the domain's zone, and run again"


def _database(outputs: Outputs, region: str) -> Iterator[str]:
    endpoint = outputs.get("endpoint") or {}
    if endpoint:
        yield f"{endpoint.get('address')}:{endpoint.get('port')}; who may reads its secret: {outputs.get('secret_arn')}"


def _service(outputs: Outputs, region: str) -> Iterator[str]:
    if outputs.get("autoscaling_group"):
        hosts = f"aws ec2 describe-instances --region {region} --filters Name=tag:aws:autoscaling:groupName,Values={outputs['autoscaling_group']}"
        yield f"its hosts: {hosts}; a shell on one: aws ssm start-session --region {region} --target INSTANCE"
    for group in outputs.get("log_groups") or []:
        yield f"its logs: aws logs tail --region {region} --follow {group}"


def _container_service(outputs: Outputs, region: str) -> Iterator[str]:
    if outputs.get("repository_uri"):
        yield f"push an image to {outputs['repository_uri']}, then: ansible-playbook deploy.yml -e deploy_component=NAME -e deploy_image=IMAGE"
    if outputs.get("log_group"):
        yield f"its logs: aws logs tail --region {region} --follow {outputs['log_group']}"


def _bucket(outputs: Outputs, region: str) -> Iterator[str]:
    if outputs.get("name"):
        yield f"s3://{outputs['name']}"


def _identity(outputs: Outputs, region: str) -> Iterator[str]:
    if outputs.get("operators_policy_arn"):
        yield f"who is to open sessions gets {outputs['operators_policy_arn']}"


def _delivery(outputs: Outputs, region: str) -> Iterator[str]:
    if outputs.get("revisions"):
        yield f"put a revision below {outputs['revisions']}, then: ansible-playbook release.yml -e release_service=NAME -e release_key=KEY"
    if outputs.get("pipeline_role_arn"):
        yield f"a pipeline takes on {outputs['pipeline_role_arn']}"


TOLD: dict[str, t.Callable[[Outputs, str], Iterator[str]]] = {
    "load_balancer": _load_balancer,
    "database": _database,
    "service": _service,
    "container_service": _container_service,
    "bucket": _bucket,
    "identity": _identity,
    "delivery": _delivery,
}
