# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A whole life of a stack by a user who may do what docs/iam says, and nothing else."""

from __future__ import annotations

import json
import typing as t

import boto3
import pytest

from .conftest import REGION, ROOT, Runs

POLICIES = {path.stem: json.loads(path.read_text()) for path in sorted((ROOT / "docs" / "iam").glob("*.json"))}


def user(runs: Runs, *roles: str, only: tuple[str, ...] = ()) -> dict[str, str]:
    """The environment of a new user with the policies of some roles, or some statements of each; all are held to theirs from now on."""
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    iam = boto3.client("iam", region_name=REGION, endpoint_url=runs.cloud.endpoint, **keys)
    name = "planner" if only else "deployer"
    iam.create_user(UserName=name)
    for role in roles:
        statements = [one for one in POLICIES[role]["Statement"] if not only or one["Sid"] in only]
        document = json.dumps({**POLICIES[role], "Statement": statements})
        arn = iam.create_policy(PolicyName=f"{name}-{role}", PolicyDocument=document)["Policy"]["Arn"]
        iam.attach_user_policy(UserName=name, PolicyArn=arn)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    runs.cloud.dials.enforce_iam = True
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def refused(runs: Runs) -> list[tuple[t.Any, ...]]:
    codes = ("UnauthorizedOperation", "AccessDenied", "AccessDeniedException")
    return [(one["service"], one["operation"]) for one in runs.cloud.records() if one["error_code"] in codes]


#: By system: what its first run is given beside its inventory.
SYSTEMS = {"tio": (), "library": ("-e", "container_service_image=public.ecr.aws/nginx/nginx:1.29")}


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_system_is_planned_stands_and_goes_by_the_rights_of_its_roles(runs: Runs, system: str):
    runs.inventory = ROOT / "inventories" / system
    reader, deployer = user(runs, *POLICIES, only=("Read", "ReadLock")), user(runs, *POLICIES)
    planned = runs.ok("site", "--check", *SYSTEMS[system], **reader)
    assert runs.ok("site", *SYSTEMS[system], **deployer).changes == planned.changes
    assert runs.ok("site", "--check", **reader).changes == set()
    assert runs.ok("destroy", "-e", f"destroy_stack={system}", **deployer).writes
    assert refused(runs) == []


def test_a_right_that_lacks_is_named_with_what_to_do(shop: Runs):
    outcome = shop("site", **user(shop, *(set(POLICIES) - {"firewall"})))
    assert outcome.rc != 0
    assert "these credentials may not CreateSecurityGroup: add that action to their policy" in outcome.screen
    assert ("ec2", "CreateSecurityGroup") in refused(shop)
