# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Spec and shape agree, for every module."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from ansible_collections.groundwork.aws.plugins.module_utils._core.spec import ITEM
from ansible_collections.groundwork.aws.plugins.module_utils._stack.types import TYPES

from .cases.table import BY_NAME

MODULES = Path(__file__).parents[3] / "plugins" / "modules"
ACTIONS = {path.stem for path in (MODULES.parent / "action").glob("*.py")}
#: Modules that keep no type of resource of their own, each with a test file of its own.
OTHERS = {
    "autoscaling_instance_refresh",
    "codedeploy_deployment",
    "deployment_info",
    "elbv2_listener_weights",
    "elbv2_target",
    "iam_service_linked_role",
    "reachability_info",
    "secretsmanager_rotation",
    "stack_info",
    "stack_lock",
    "stack_preflight",
    "stack_removal",
}
#: Options that are no key of the shape, and keys that are no option, with the reason.
EXCEPTIONS = {
    "ec2_security_group": {"group_name": "is the name"},
    "ec2_launch_template": {
        "image_refresh": "says when the image is found anew",
        "dry_run_subnet_id": "is where a launch is tried",
        "image_source": "is the image as it was asked for",
        "metadata": "is fixed: tokens only",
        "extra": "what else a template says is taken out",
    },
    "autoscaling_group": {"wait_for_instances": "says what to wait for"},
    "kms_key": {"alias": "is the name", "users": "are statements of the policy", "via_services": "are statements of the policy"},
    "s3_bucket": {"public_access_block": "is always on", "tls_only": "is always on", "bucket_key": "goes with the KMS key"},
    "rds_instance": {"secret_id": "is read when it is made, and never compared", "apply_immediately": "says when changes are made"},
    "ec2_nat_gateway": {"vpc_id": "is the parent, within which it is looked for"},
    "ecs_task_definition": {
        "image_moves": "says whether images are compared",
        "images_of": "says whose images a new revision has",
        "keep": "says how many revisions are kept",
        "images": "are the containers'",
        "extra": "what else a revision says is taken out",
    },
    "ecs_service": {"deploy": "says whether what deploys move is compared", "rollout": "is what a deploy wants completed"},
}


def test_every_module_stands_in_the_list():
    modules = {path.stem for path in MODULES.glob("*.py")} - {"__init__"} - ACTIONS
    assert modules == set(BY_NAME) | OTHERS
    assert all((Path(__file__).parent / f"test_{name}.py").is_file() for name in OTHERS)


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.TYPE)
def test_every_option_is_compared_or_a_named_exception(kind):
    options = importlib.import_module(f"ansible_collections.groundwork.aws.plugins.module_utils._modules.{kind.TYPE}").OPTIONS
    listed = next((option["options"] for option in options.values() if set(ITEM) <= set(option.get("options", {}))), None)
    compared = set(listed or options) - set(ITEM) - ({kind.PARENT} if not listed else set())
    assert compared ^ set(kind.MANAGED) == set(EXCEPTIONS.get(kind.TYPE, {})) - ({kind.PARENT} if listed else set())


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.TYPE)
def test_what_is_immutable_is_managed(kind):
    assert set(kind.IMMUTABLE) | set(kind.CREATE_ONLY) <= set(kind.MANAGED)
