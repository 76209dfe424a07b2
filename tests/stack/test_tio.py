# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TIO as a whole: it stands as planned, stays as it is, goes, and comes again."""

from __future__ import annotations

from collections import Counter

from .account import Thing
from .conftest import Outcome
from .conftest import Runs
from .reach import as_read
from .reach import kept
from .reach import verified
from .record import CREATES
from .record import lost
from .record import made
from .record import PARTS

HOSTS = {"TIO-Spring-Server": 2, "TIO-Node-Server": 2, "TIO-Python-Server": 1}
SECRET, KEY = "tio/db/credentials", "alias/tio-files"


def planned_things(plan: Outcome) -> Counter[Thing]:
    """One of each that a plan makes. A role's instance profile is a part of it, and is listed by itself."""
    things = [(kind, name) for _component, kind, name, _action, _keys in plan.changes]
    profiles = [("iam_instance_profile", name) for _component, kind, name, _action, keys in plan.changes if kind == "iam_role" and "instance_profile" in keys]
    return Counter(things + profiles)


def lasting(runs: Runs) -> tuple[str, str]:
    """What a secret and a key are, beneath their names."""
    secret = runs.account.client("secretsmanager").describe_secret(SecretId=SECRET)["ARN"]
    return secret, runs.account.client("kms").describe_key(KeyId=KEY)["KeyMetadata"]["Arn"]


def open_to_ssh(runs: Runs) -> None:
    ec2 = runs.account.client("ec2")
    [group] = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["TIO-DB-SG"]}])["SecurityGroups"]
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="10.0.0.0/16")


def test_tio_stands_as_planned_stays_goes_and_comes_again(runs: Runs):
    planned = runs.ok("site", "--check", "--diff")
    assert [record for record in runs.cloud.records() if record["mutating"]] == []
    assert f"Plan: {len(planned.changes)} to create, 0 to change, 0 to delete" in planned.screen

    real = runs.ok("site")
    assert real.changes == planned.changes
    assert made(real.writes) == sorted((component, kind, name) for component, kind, name, _action, _keys in planned.changes)
    stood = runs.account.standing()
    assert stood == planned_things(planned)
    assert runs.account.hosts() == HOSTS
    before = lasting(runs)
    found = verified(runs)
    assert as_read(found["network"]) == kept("tio"), "unit tests judge what tests/facts/networks.py says how to read anew"
    assert [one["check"] for one in found["findings"]] == ["port without a listener"], "443 is open before there is a certificate, and fails nothing"

    # A fleet that grew by itself is as it should be.
    runs.account.client("autoscaling").set_desired_capacity(AutoScalingGroupName="TIO-Spring-ASG", DesiredCapacity=4)
    again = runs.ok("site")
    assert (again.changes, again.writes) == (set(), [])
    checked = runs.ok("site", "--check", "--diff")
    assert (checked.changes, checked.writes) == (set(), [])
    assert runs.account.hosts() == {**HOSTS, "TIO-Spring-Server": 4}

    open_to_ssh(runs)
    wrong = runs("verify")
    assert wrong.rc == 2
    assert "HIGH db: db, internal_alb, node, public_alb, python, spring can call port 22 of db, by TIO-DB-SG" in wrong.screen

    gone = runs.ok("destroy", "-e", "destroy_stack=tio")
    assert {action for *_who, action, _keys in gone.changes} == {"delete"}
    assert {kind for kind, _name in runs.account.standing()} == {"iam_service_linked_role"}  # the account's own from now on
    assert runs.account.tombstones() == {"ec2_nat_gateway": 1, "kms_key": 4, "secretsmanager_secret": 1}
    assert runs.account.hosts() == {}
    tombstones = gone.screen.partition("Nothing is left but tombstones")[2].partition("\n")[0]
    assert all(one in tombstones for one in (*before, "nat-"))

    # It comes again, although it is cut off, and each reply to a create is lost once; what can be taken back is.
    runs.cloud.dials.faults = lost(CREATES.keys() | PARTS | {"RestoreSecret", "CancelKeyDeletion"})
    runs.kill_at("CreateDBInstance", 1, "site")
    runs.ok("site")
    assert runs.account.standing() == stood
    assert runs.account.hosts() == HOSTS
    assert lasting(runs) == before


def test_the_documents_t2_micro_is_refused_before_anything_is_made(runs: Runs):
    """It is not on sale in one of the two zones."""
    refused = runs("site", "-e", "service_instance_type=t2.micro")
    assert (refused.rc != 0, refused.writes) == (True, [])
    assert "spring: t2.micro is not offered in ap-northeast-2b" in refused.screen
