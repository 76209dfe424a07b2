# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS's own roles for services are made where they lack, and never removed."""

from __future__ import annotations

SERVICES = ["elasticloadbalancing.amazonaws.com", "autoscaling.amazonaws.com"]


def test_a_fresh_account_plans_and_gets_each(run, aws):
    planned = run.ok("iam_service_linked_role", check=True, services=SERVICES)
    assert [(entry["name"], entry["action"]) for entry in planned["planned"]] == [(one, "create") for one in SERVICES]
    assert not run.writes()
    made = run.ok("iam_service_linked_role", services=SERVICES)
    assert made["diff"] == planned["diff"]
    assert [one["role_name"] for one in made["roles"]] == ["AWSServiceRoleForElasticLoadBalancing", "AWSServiceRoleForAutoScaling"]
    again = run.ok("iam_service_linked_role", services=SERVICES)
    assert (again["changed"], again["roles"]) == (False, made["roles"])


def test_one_that_a_service_made_by_itself_is_let_be(run, aws):
    aws.iam.create_service_linked_role(AWSServiceName=SERVICES[0])
    made = run.ok("iam_service_linked_role", services=SERVICES)
    assert [entry["action"] for entry in made["planned"]] == ["none", "create"]


def test_a_lost_reply_is_no_failure(run, aws):
    run.cloud.dials.faults = [{"kind": "lose_reply", "operation": "CreateServiceLinkedRole", "nth": 1}]
    run.ok("iam_service_linked_role", services=SERVICES[:1])
    assert len(aws.iam.list_roles()["Roles"]) == 1
    assert [record["error_code"] for record in run.writes()] == [None, "InvalidInput"]


def test_a_service_that_there_is_not_is_told_in_awss_words(run, aws):
    refused = run("iam_service_linked_role", services=["nothing"])
    assert "nothing: Failed to create service linked role" in refused["msg"]


def test_reads_that_lag_are_waited_out(run, aws):
    run.cloud.dials.faults = [{"kind": "not_found_after_create", "seconds": 0.6}]
    made = run.ok("iam_service_linked_role", services=SERVICES)
    assert not made.get("warnings")


def test_none_is_ever_removed_or_a_stacks(run, aws):
    run.ok("iam_service_linked_role", services=SERVICES)
    assert "value of state must be one of: present" in run("iam_service_linked_role", services=SERVICES, state="absent")["msg"]
    assert run.ok("stack_info", stack="shop")["resources"] == []
