# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one table of the kinds of components. Every check, play and document derives from it."""

from __future__ import annotations

import functools
import typing as t
from dataclasses import dataclass
from pathlib import Path

import yaml

ROLES = Path(__file__).parents[2] / "roles"
Spec = dict[str, dict[str, t.Any]]

#: In the order in which they converge. Between the network and the foundations everything is reserved, for all components.
LAYERS = ("network", "foundations", "services", "delivery")

RULE: Spec = {
    "protocol": {"type": "str", "default": "tcp"},
    "from_port": {"type": "int"},
    "to_port": {"type": "int"},
    "source": {"type": "str", "required": True},
    "description": {"type": "str"},
}
#: What a component says of its arrows, without its kind's prefix.
ARROWS: Spec = {
    "network": {"type": "str"},
    "port": {"type": "int"},
    "ports": {"type": "list", "elements": "int"},
    "clients": {"type": "list", "elements": "str"},
    "ingress": {"type": "list", "elements": "dict", "options": RULE},
    "security_group": {"type": "str"},
    "security_group_description": {"type": "str"},
}


@dataclass(frozen=True)
class Kind:
    """A kind of component.

    ``group``: the inventory's group of them. ``prefix``: how their variables begin. ``role``: what keeps one, or None where
    a component is declared for its arrows alone. ``callable``: whether it has an address of its own, and so ports, clients and
    a security group. ``wired``: inputs of the role that plays hand it, and that no inventory has a say in. ``names``: the inputs that
    name something, without prefix, each with the rule of names.py that AWS holds it to, and the pattern when it is not set. ``service_roles``: the services
    that act for it in the account, by roles of their own.
    """

    group: str
    prefix: str
    layer: str
    role: str | None = None
    callable: bool = False
    wired: tuple[str, ...] = ()
    names: tuple[tuple[str, str, str], ...] = ()
    service_roles: tuple[str, ...] = ()

    @property
    def options(self) -> Spec:
        """The argument spec of the variables that it knows, by their full names."""
        arrows = {f"{self.prefix}_{name}": spec for name, spec in ARROWS.items()} if self.callable else {}
        options = role_options(self.role) if self.role else {}
        return {**arrows, **{name: spec for name, spec in options.items() if name not in self.wired}}

    @property
    def defaults(self) -> dict[str, t.Any]:
        """What a variable is when nobody sets it, as far as that is a constant."""
        return {name: spec["default"] for name, spec in self.options.items() if "default" in spec}


#: The name of what a component is, by default. Underscores, which many services refuse, are hyphens there; a network keeps them.
OWN, AS_IT_IS = "{stack}-{hyphened}", "{stack}-{component}"
KINDS = (
    Kind("networks", "network", "network", role="network", wired=("network_region",), names=(("name", "ec2_vpc", AS_IT_IS),)),
    Kind(
        "identities",
        "identity",
        "foundations",
        role="identity",
        wired=("identity_wiring",),
        names=(("role_name", "iam_role", OWN),),
    ),
    Kind(
        "load_balancers",
        "load_balancer",
        "foundations",
        role="load_balancer",
        callable=True,
        wired=("load_balancer_wiring",),
        names=(("name", "elbv2_load_balancer", OWN),),
        service_roles=("elasticloadbalancing.amazonaws.com",),
    ),
    Kind(
        "databases",
        "database",
        "foundations",
        role="database",
        callable=True,
        wired=("database_wiring",),
        names=(("name", "rds_instance", OWN), ("secret_name", "secretsmanager_secret", "{stack}/{hyphened}/credentials")),
        service_roles=("rds.amazonaws.com",),
    ),
    Kind(
        "buckets",
        "bucket",
        "foundations",
        role="bucket",
        wired=("bucket_wiring",),
        names=(("name", "s3_bucket", OWN + "-{account}-{region}"), ("key_name", "kms_key", OWN)),
    ),
    Kind(
        "services",
        "service",
        "services",
        role="service",
        callable=True,
        wired=("service_wiring",),
        names=(
            ("target_group_name", "elbv2_target_group", OWN),
            ("launch_template_name", "ec2_launch_template", OWN),
            ("group_name", "autoscaling_group", OWN),
        ),
        service_roles=("autoscaling.amazonaws.com",),
    ),
    Kind(
        "container_services",
        "container_service",
        "services",
        role="container_service",
        callable=True,
        wired=("container_service_wiring",),
        names=(
            ("name", "ecs_service", OWN),
            ("cluster_name", "ecs_cluster", OWN),
            ("family", "ecs_task_definition", OWN),
            ("repository_name", "ecr_repository", OWN),
            ("blue_target_group_name", "elbv2_target_group", OWN + "-blue"),
            ("green_target_group_name", "elbv2_target_group", OWN + "-green"),
            ("execution_role_name", "iam_role", OWN + "-execution"),
            ("task_role_name", "iam_role", OWN + "-task"),
            ("log_group", "logs_log_group", "/{stack}/{hyphened}"),
        ),
        service_roles=("ecs.amazonaws.com",),
    ),
    Kind(
        "deliveries",
        "delivery",
        "delivery",
        role="delivery",
        wired=("delivery_wiring",),
        names=(
            ("application", "codedeploy_application", "{stack}"),
            ("role_name", "iam_role", OWN),
            ("pipeline_role_name", "iam_role", OWN + "-pipeline"),
        ),
    ),
)
BY_GROUP = {kind.group: kind for kind in KINDS}
#: The kinds, by prefix, that serve: load balancers forward to them, and they are clients of databases and buckets.
SERVING = ("service", "container_service")

#: The variables of a stack as a whole. Roles read them; no component has a say of its own in them.
STACK = frozenset(
    f"stack_{name}"
    for name in (
        "account_id",
        "adopt",
        "alarm_actions",
        "ask_ahead",
        "backwards",
        "extra_vars",
        "hosts_share",
        "lock_patience",
        "lock_table",
        "lock_ttl",
        "name",
        "outputs_file",
        "profile",
        "protected",
        "prune",
        "region",
        "seal_hours",
        "tags",
        "types",
    )
)


def default_name(stack: str, component: str) -> str:
    """The name of a component, and the beginning of the names of its parts, where no input says otherwise."""
    return OWN.format(stack=stack, hyphened=component.replace("_", "-"))


@functools.cache
def role_options(role: str) -> Spec:
    """The options of a role of this collection, from its own argument spec."""
    return yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
