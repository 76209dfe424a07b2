# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Deploys as a user runs them: from the first to the way back, killed, refused, failed, and site.yml beside them."""

from __future__ import annotations

import json
import time
import typing as t

import pytest
import yaml
from ansible_collections.groundwork.aws.plugins.plugin_utils.service_plan import AMAZON_LINUX

from .account import REGION
from .conftest import FIELD
from .conftest import Outcome
from .conftest import Runs
from .conftest import write_inventory

ACCOUNT, NAME = "123456789012", "yard-app"
DOOR = {
    "load_balancer_scheme": "internet-facing",
    "load_balancer_ports": [80],
    "load_balancer_clients": ["internet"],
    "load_balancer_default": "app",
    "load_balancer_alarms": False,
}
APP = {
    "container_service_port": 8081,
    "container_service_clients": ["door"],
    "container_service_tier": "public",
    "container_service_desired": 1,
    "container_service_log_encrypted": False,
    "container_service_alarms": False,
}
TWO_ZONES = {**FIELD, "network_zones": ["a", "b"]}
#: Shorter than any user's, so that a run takes seconds.
QUICK = ("bake_minutes=0.02", "look_seconds=1", "retain_minutes=0.02", "timeout_minutes=2")
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@pytest.fixture
def yard(runs: Runs) -> Runs:
    """One container service behind a door, as site.yml makes it before the first deploy; images 1 to 9 in its repository."""
    runs.inventory = runs.folder / "yard"
    runs.inventory.mkdir()
    here = {"ansible_connection": "groundwork.aws.warm", "ansible_python_interpreter": "{{ ansible_playbook_python }}", "ansible_pipelining": True}
    kinds = {"networks": {"vpc": TWO_ZONES}, "load_balancers": {"door": DOOR}, "container_services": {"app": APP}}
    write_inventory(runs, "hosts", kinds, stack_region=REGION, **here)
    runs.ok("site")
    for tag in range(1, 10):
        config = {"mediaType": "application/vnd.docker.container.image.v1+json", "size": tag, "digest": f"sha256:{tag:064}"}
        manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": []})
        runs.account.client("ecr").put_image(repositoryName=NAME, imageTag=str(tag), imageManifest=manifest)
    return runs


def settings(tag: int | str, *more: str) -> list[str]:
    given = ("component=app", f"image=:{tag}", *QUICK, *more)
    return [argument for one in given for argument in ("-e", f"deploy_{one}")]


def deploy(yard: Runs, tag: int | str, *more: str) -> Outcome:
    return yard("deploy", *settings(tag, *more))


def weights(yard: Runs) -> dict[str, int]:
    """By colour."""
    elbv2 = yard.account.client("elbv2")
    balancer = elbv2.describe_load_balancers(Names=["yard-door"])["LoadBalancers"][0]["LoadBalancerArn"]
    action = elbv2.describe_listeners(LoadBalancerArn=balancer)["Listeners"][0]["DefaultActions"][0]
    return {one["TargetGroupArn"].split("/")[1].rpartition("-")[2]: one["Weight"] for one in action["ForwardConfig"]["TargetGroups"]}


def running(yard: Runs) -> dict[str, tuple[int, int]]:
    """By colour: revision, and tasks that are wanted."""
    found = yard.account.client("ecs").describe_services(cluster=NAME, services=[f"{NAME}-blue", f"{NAME}-green"])["services"]
    return {one["serviceName"].rpartition("-")[2]: (int(one["taskDefinition"].rpartition(":")[2]), one["desiredCount"]) for one in found}


def writes(outcome: Outcome) -> list[str]:
    return [one["operation"] for one in outcome.writes]


def write_hooks(yard: Runs) -> None:
    """A file of tasks, and a playbook; each writes what it is told."""

    def copy(content: str, name: str) -> dict[str, t.Any]:
        return {"name": "Write it", "ansible.builtin.copy": {"content": content, "dest": str(yard.folder / name)}}

    play = {"hosts": "vpc", "gather_facts": False, "tasks": [copy("{{ deploy_hook.image }}", "after.out")]}
    for name, content in (("before.yml", copy("{{ deploy_hook.new }}", "before.out")), ("after.yml", play)):
        (yard.folder / name).write_text(yaml.safe_dump([content]))


def test_from_the_first_deploy_to_the_way_back(yard: Runs):
    planned = yard("deploy", *settings(1), "--check", "--diff")
    assert (planned.rc, planned.writes) == (0, []), planned.screen[-3000:]
    first = deploy(yard, 1)
    assert first.rc == 0, first.screen[-3000:]
    assert first.changes == planned.changes
    assert (weights(yard), running(yard)) == ({"blue": 0, "green": 100}, {"blue": (1, 0), "green": (1, 1)})
    assert yard.ok("site", "--check", "--diff").changes == set()

    write_hooks(yard)
    second = deploy(yard, 2, "retain_minutes=0", "before_traffic=before.yml", f"after_traffic={yard.folder}/after.yml")
    assert second.rc == 0, second.screen[-3000:]
    assert "yard-app-blue 10 %, yard-app-green 90 %: 1/1 healthy" in second.screen
    assert (yard.folder / "before.out").read_text() == "blue"
    assert "@sha256:" in (yard.folder / "after.out").read_text()
    assert (weights(yard), running(yard)) == ({"blue": 100, "green": 0}, {"blue": (2, 1), "green": (1, 1)})
    assert yard.ok("site", "--check", "--diff").changes == set()

    back = yard("rollback", "-e", "deploy_component=app")
    assert (back.rc, writes(back)) == (0, ["ModifyListener"]), back.screen[-3000:]
    assert weights(yard) == {"blue": 0, "green": 100}
    assert yard.ok("site", "--check", "--diff").changes == set()


def test_what_cannot_be_deployed_is_refused_before_anything_is_written(yard: Runs):
    for arguments, said in (
        (["-e", "deploy_component=door", "-e", "deploy_image=:1"], "Give deploy_component, one of app"),
        (["-e", "deploy_component=app"], "Give deploy_component, one of app"),
        (settings("nine"), "there is no image"),
        (settings(1, "stratgy=linear"), "did you mean deploy_strategy?"),
        (settings(1, "strategy=slowly"), "deploy_strategy is one of all_at_once, canary, linear"),
    ):
        refused = yard("deploy", *arguments)
        assert refused.rc != 0
        assert said in " ".join(refused.screen.split()), refused.screen[-2000:]
        assert writes(refused) == []


def test_a_version_that_never_gets_healthy_leaves_the_live_one_alone_and_says_why_last(yard: Runs):
    assert deploy(yard, 1).rc == 0
    blue = yard.account.client("elbv2").describe_target_groups(Names=[f"{NAME}-blue"])["TargetGroups"][0]["TargetGroupArn"]
    yard.account.client("elbv2").add_tags(ResourceArns=[blue], Tags=[{"Key": "localcloud:health", "Value": "unhealthy"}])
    failed = deploy(yard, 2, "timeout_minutes=0.05")
    assert failed.rc != 0
    assert "Failed: app: " in failed.screen.splitlines()[-1]
    assert "service yard-app-blue" in failed.screen.splitlines()[-1]
    assert (weights(yard), running(yard)["blue"][1]) == ({"blue": 0, "green": 100}, 0)


def test_a_second_deploy_meanwhile_is_refused_by_the_lock(yard: Runs):
    assert deploy(yard, 1).rc == 0
    first = yard.start("deploy", *settings(2, "bake_minutes=5"))
    try:
        deadline = time.monotonic() + 120
        while weights(yard)["blue"] == 0 and time.monotonic() < deadline:
            time.sleep(0.5)
        assert weights(yard)["blue"] == 10
        second = deploy(yard, 3)
        assert second.rc != 0
        assert "the lock of stack yard" in second.screen.splitlines()[-1]
        assert yard.ok("site", "--check", "--diff").changes == set(), "in the middle of a shift"
    finally:
        first.kill()
        first.communicate()
    assert weights(yard)["blue"] == 10


def test_a_run_that_is_killed_goes_on_when_it_is_run_again(yard: Runs):
    assert deploy(yard, 1).rc == 0
    points = (("RegisterTaskDefinition", 1), ("UpdateService", 1), ("ModifyListener", 1), ("ModifyListener", 2), ("UpdateService", 2))
    for tag, (operation, nth) in enumerate(points, start=2):
        yard.kill_at(operation, nth, "deploy", *settings(tag))
        again = deploy(yard, tag)
        assert again.rc == 0, again.screen[-3000:]
        live, idle = ("green", "blue") if tag % 2 else ("blue", "green")
        assert weights(yard) == {live: 100, idle: 0}
        assert running(yard) == {live: (tag, 1), idle: (tag - 1, 0)}
        assert writes(again).count("RegisterTaskDefinition") == 0, "what was registered is found"


def test_the_hosts_of_a_service_are_rolled_by_an_instance_refresh(shop: Runs):
    shop.ok("site")
    refused = shop("deploy", "-e", "deploy_component=web", "-e", "deploy_image=:1")
    assert (refused.rc != 0, writes(refused)) == (True, [])
    same = shop("deploy", "-e", "deploy_component=web")
    assert (same.rc, same.changes) == (0, set()), same.screen[-3000:]
    from localcloud.additions import ec2_images  # not before they are loaded, all of them

    newer = ec2_images.release(ACCOUNT, REGION, AMAZON_LINUX)
    assert shop.ok("site", "--check", "--diff").changes == set(), "a newer image rolls no fleet by itself"
    rolled = shop("deploy", "-e", "deploy_component=web")
    assert rolled.rc == 0, rolled.screen[-3000:]
    assert writes(rolled) == ["CreateLaunchTemplateVersion", "ModifyLaunchTemplate", "StartInstanceRefresh"]
    fleet = shop.account.client("ec2").describe_instances(Filters=[{"Name": "instance-state-name", "Values": ["running"]}])["Reservations"]
    assert {host["ImageId"] for one in fleet for host in one["Instances"]} == {newer}
