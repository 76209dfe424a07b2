# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts of a delivery follow from its inputs, and its pipeline may release and nothing else."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.groundwork.aws.plugins.filter.delivery_plan import FilterModule
from ansible_collections.groundwork.aws.plugins.module_utils._core.plan import UNKNOWN

ROLE = Path(__file__).parents[3] / "roles" / "delivery"
GITHUB = {"url": "https://token.actions.githubusercontent.com", "subjects": ["repo:owner/shop:ref:refs/heads/main"]}
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"
PLACE = {"partition": "aws", "account": "123456789012", "region": "eu-west-1"}
WIRING = {
    **PLACE,
    "bucket": "shop-revisions",
    "key_arn": KEY,
    "services": {"web": {"autoscaling_group": "fleet", "target_group": "web"}, "job": {"autoscaling_group": "jobs"}},
}


def plan(arns: dict[str, str] | None = None, **inputs: t.Any) -> dict[str, t.Any]:
    defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
    given = defaults | {"delivery_application": "shop", "delivery_services": ["web", "job"], "delivery_wiring": WIRING}
    filter_ = FilterModule().filters()["delivery_plan"]
    return filter_("delivery", given | {f"delivery_{name}": value for name, value in inputs.items()}, "shop", **arns or {})


def test_each_service_has_a_group_over_its_fleet_and_behind_its_target_group() -> None:
    web, job = plan(arns={"role_arn": "arn:role"}, groups={"job": "shop-jobs"}, alarms={"web": ["down"]})["groups"]
    assert (web["key"], web["name"], web["service_role_arn"]) == ("web", "shop-web", "arn:role")
    assert (web["autoscaling_groups"], web["target_groups"], web["alarms"]) == (["fleet"], ["web"], ["down"])
    assert (job["name"], job["autoscaling_groups"], job["target_groups"], job["alarms"]) == ("shop-jobs", ["jobs"], [], [])
    assert (web["deployment_config"], web["auto_rollback"]) == ("CodeDeployDefault.OneAtATime", ["DEPLOYMENT_FAILURE"])


def test_a_role_that_does_not_stand_yet_is_unknown() -> None:
    assert plan()["groups"][0]["service_role_arn"] == UNKNOWN
    assert plan(wiring={**WIRING, "partition": "aws-cn"})["role"]["managed_policies"] == ["arn:aws-cn:iam::aws:policy/service-role/AWSCodeDeployRole"]


def test_the_pipeline_is_trusted_by_audience_and_subject() -> None:
    trust = plan(arns={"provider_arn": "arn:provider"}, oidc=GITHUB)["pipeline"]["trust"]["Statement"][0]
    assert trust["Principal"] == {"Federated": "arn:provider"}
    assert trust["Condition"] == {
        "StringEquals": {"token.actions.githubusercontent.com:aud": ["sts.amazonaws.com"]},
        "StringLike": {"token.actions.githubusercontent.com:sub": ["repo:owner/shop:ref:refs/heads/main"]},
    }
    standing = plan(arns={"provider_arn": UNKNOWN}, oidc={**GITHUB, "provider_arn": "arn:theirs"})["pipeline"]["trust"]["Statement"][0]
    assert standing["Principal"] == {"Federated": "arn:theirs"}


def test_the_pipeline_may_put_revisions_and_release_this_application_and_nothing_else() -> None:
    statements = {one["Sid"]: one for one in plan(oidc=GITHUB)["pipeline"]["policies"]["release"]["Statement"]}
    assert statements["PutRevisions"]["Resource"] == ["arn:aws:s3:::shop-revisions/revisions/*"]
    assert statements["EncryptRevisions"]["Resource"] == [KEY]
    assert statements["Release"]["Resource"] == ["arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:shop/*"]
    assert statements["Register"]["Resource"] == ["arn:aws:codedeploy:eu-west-1:123456789012:application:shop"]
    everywhere = [action for one in statements.values() if one["Resource"] == ["*"] for action in one["Action"]]
    assert everywhere == ["codedeploy:BatchGetDeploymentTargets", "codedeploy:ListDeploymentTargets"]
    assert not [action for one in statements.values() for action in one["Action"] if "*" in action]


def test_without_a_provider_there_is_no_pipeline() -> None:
    assert plan()["pipeline"] == {}


@pytest.mark.parametrize("left_out", ["url", "subjects"])
def test_a_provider_whose_every_token_would_be_taken_is_refused(left_out: str) -> None:
    with pytest.raises(AnsibleFilterError, match="delivery: delivery_oidc says a url, and whose tokens are taken"):
        plan(oidc={name: value for name, value in GITHUB.items() if name != left_out})
