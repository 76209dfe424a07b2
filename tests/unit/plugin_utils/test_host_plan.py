# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts are known by their fleet, told what their service says, and changed a share at a time."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.groundwork.aws.plugins.plugin_utils.host_plan import FLEET
from ansible_collections.groundwork.aws.plugins.plugin_utils.host_plan import host_plan

WEB = {
    "inventory_hostname": "web",
    "service_runtime": "spring",
    "service_port": 8080,
    "service_health_path": "/actuator/health",
    "service_log_groups": ["/shop/web"],
    "service_deregistration_delay": 60,
}
JOBS = {"inventory_hostname": "jobs"}
DB = {"inventory_hostname": "db", "database_clients": ["web"]}
RESOURCES = [
    {"type": "autoscaling_group", "name": "shop-web", "component": "web", "id": "shop-web"},
    {"type": "autoscaling_group", "name": "shop-jobs", "component": "jobs", "id": "shop-jobs"},
    {"type": "elbv2_target_group", "name": "shop-web", "component": "web", "id": "arn:web"},
    {"type": "secretsmanager_secret", "name": "shop/db", "component": "db", "id": "arn:secret"},
]


def host(name: str, fleet: str = "shop-web", **tags: str) -> dict[str, t.Any]:
    return {"inventory_hostname": name, "ec2_tags": {FLEET: fleet, **tags}}


def plan(hosts: list[dict[str, t.Any]], share: int = 25, components: tuple = (WEB, JOBS, DB)) -> dict[str, t.Any]:
    return host_plan(hosts, components, RESOURCES, share)


def test_a_host_is_told_what_its_service_says():
    assert plan([host("i-1")])["hosts"]["i-1"] == {
        "component": "web",
        "runtime": "spring",
        "port": 8080,
        "health_path": "/actuator/health",
        "log_group": "/shop/web",
        "drain": 60,
        "secret": "arn:secret",
        "target_group": "arn:web",
    }


def test_a_service_that_says_little_has_hosts_without_runtime_and_door():
    told = plan([host("i-1", "shop-jobs")])["hosts"]["i-1"]
    assert (told["runtime"], told["log_group"], told["secret"], told["target_group"]) == ("", "", "", "")


def test_of_several_databases_none_is_chosen():
    other = {"inventory_hostname": "more", "database_clients": ["web"]}
    resources = [*RESOURCES, {"type": "secretsmanager_secret", "name": "shop/more", "component": "more", "id": "arn:more"}]
    assert host_plan([host("i-1")], [WEB, DB, other], resources, 25)["hosts"]["i-1"]["secret"] == ""


@pytest.mark.parametrize("tags", [{}, {FLEET: "another-fleet"}, {"groundwork:component": "web"}])
def test_tags_that_anybody_can_give_make_no_host_ours(tags: dict[str, str]):
    stranger = {"inventory_hostname": "i-9", "ec2_tags": {"groundwork:stack": "shop", **tags}}
    found = plan([stranger, host("i-1")])
    assert (list(found["hosts"]), found["strangers"]) == (["i-1"], ["i-9"])


@pytest.mark.parametrize(
    ("web", "jobs", "share", "batches"),
    [
        (2, 1, 25, [["j0", "w0"], ["w1"]]),
        (5, 0, 50, [["w0", "w1"], ["w2", "w3"], ["w4"]]),
        (3, 2, 100, [["j0", "j1", "w0", "w1", "w2"]]),
        (0, 0, 25, []),
    ],
)
def test_of_each_service_a_share_is_changed_at_a_time(web: int, jobs: int, share: int, batches: list[list[str]]):
    hosts = [host(f"w{n}") for n in range(web)] + [host(f"j{n}", "shop-jobs") for n in range(jobs)]
    assert plan(hosts, share)["batches"] == batches
