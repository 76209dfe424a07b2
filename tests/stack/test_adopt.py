# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TIO made by hand in the console, with the document's names and no tags of ours: it is told, refused, taken over, and kept."""

from __future__ import annotations

import os
import subprocess
import sys
import typing as t
from collections import Counter

from localcloud.client_env import clean_environ

from .account import Account
from .conftest import Outcome
from .conftest import PATIENCE
from .conftest import ROOT
from .conftest import Runs
from .record import CREATES
from .record import PARTS

ADOPT = ("-e", "stack_adopt=true")
SECRET = "tio/db/credentials"
#: What the design has and a hand does not make, or makes under another name. All else of the design stands already.
MISSING = {
    "cloudwatch_alarm": 16,
    "iam_policy": 1,
    "iam_role": 1,  # CodeDeploy's own
    "iam_service_linked_role": 3,
    "kms_key": 4,  # one for the bucket, and one for the logs of each service
    "rds_parameter_group": 1,
    "stack_lock": 1,
}
#: How the hand-made differs, of what is easily told: by_hand.py says so too.
DIFFERENCES = {
    ("s3_bucket", "lifecycle_rules"),
    ("s3_bucket", "versioning"),
    ("autoscaling_group", "max_size"),
    ("elbv2_target_group", "health_check"),
    ("logs_log_group", "retention_days"),
    ("iam_role", "managed_policies"),
    ("rds_instance", "engine_version"),
}
#: What a run makes before it comes to what stands already: the lock, and what others wait for. None of it changes anything of before.
BEGINNINGS = CREATES.keys() | PARTS | {"EnableKeyRotation", "PutKeyPolicy"}


def as_a_client(runs: Runs, script: str) -> None:
    """Run a script of tests/facts against the account."""
    command, env = [sys.executable, str(ROOT / "tests" / "facts" / f"{script}.py")], clean_environ(os.environ, runs.cloud.endpoint)
    done = subprocess.run(command, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stdout


def serve(account: Account) -> None:
    """Let an application run on each host: where none answers, a fleet would replace its hosts for ever, in the midst of our run too."""
    elbv2 = account.client("elbv2")
    arns = [one["TargetGroupArn"] for one in elbv2.describe_target_groups()["TargetGroups"]]
    elbv2.add_tags(ResourceArns=arns, Tags=[{"Key": "localcloud:health", "Value": "healthy"}])


def lasting(account: Account) -> dict[str, t.Any]:
    """What things are beneath their names, where a second one of the name could have come into the place of the first."""
    vpcs = account.client("ec2").describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["tryiton-service-vpc"]}])["Vpcs"]
    subnets = account.client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpcs[0]["VpcId"]]}])["Subnets"]
    elbv2 = account.client("elbv2")
    balancers = elbv2.describe_load_balancers()["LoadBalancers"]
    listeners = [elbv2.describe_listeners(LoadBalancerArn=one["LoadBalancerArn"])["Listeners"][0]["ListenerArn"] for one in balancers]
    rules = [one["RuleArn"] for arn in listeners for one in elbv2.describe_rules(ListenerArn=arn)["Rules"]]
    database = account.client("rds").describe_db_instances()["DBInstances"][0]
    secret = account.client("secretsmanager").get_secret_value(SecretId=SECRET)
    return {
        "network": sorted(one["SubnetId"] for one in subnets),
        "doors": sorted(one["LoadBalancerArn"] for one in balancers),
        "rules": sorted(rules),
        "database": (database["DbiResourceId"], database["KmsKeyId"]),
        "secret": (secret["ARN"], secret["VersionId"]),  # of a version that is kept the password is kept
        "policies": sorted(one["PolicyARN"] for one in account.client("autoscaling").describe_policies()["ScalingPolicies"]),
    }


def kinds(account: Account) -> Counter[str]:
    return Counter(kind for kind, _name in account.standing().elements())


def made(outcome: Outcome) -> Counter[str]:
    return Counter(kind for _component, kind, _name, action, _keys in outcome.changes if action == "create")


def test_tio_made_by_hand_is_refused_adopted_and_kept(runs: Runs):
    as_a_client(runs, "by_hand")
    serve(runs.account)
    before, stood = lasting(runs.account), kinds(runs.account)

    refused = runs("site")
    assert refused.rc != 0
    told = {line.split(": ")[1] for line in refused.screen.splitlines() if line.startswith("Failed: ") and "exists and is not ours" in line}
    assert told >= {"vpc", "ec2_role", "files"}  # what needs one of these may be stopped before it is looked at
    assert "adopt it with stack_adopt: true, or choose another name" in refused.screen
    assert {one["operation"] for one in refused.writes} - BEGINNINGS == set()
    assert lasting(runs.account) == before

    planned = runs.ok("site", "--check", "--diff", *ADOPT)
    assert planned.writes == []
    assert {action for *_who, action, _keys in planned.changes} == {"create", "update"}
    assert {(kind, key) for _component, kind, _name, action, keys in planned.changes if action == "update" for key in keys} >= DIFFERENCES

    real = runs.ok("site", *ADOPT)
    assert real.changes == planned.changes
    assert kinds(runs.account) == stood + Counter(MISSING)
    assert lasting(runs.account) == before

    again = runs.ok("site")
    assert (again.changes, again.writes) == (set(), [])
    as_a_client(runs, "tio_facts")
