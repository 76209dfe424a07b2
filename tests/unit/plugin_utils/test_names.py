# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names follow one pattern, and AWS's rules for them are known."""

from __future__ import annotations

import pytest
from ansible_collections.groundwork.aws.plugins.plugin_utils.names import component_name
from ansible_collections.groundwork.aws.plugins.plugin_utils.names import part_name
from ansible_collections.groundwork.aws.plugins.plugin_utils.names import RULES

#: By rule: what AWS takes, and what it refuses.
CASES = {
    "component": (["public_alb", "a"], ["", "a/b", "_a", "a b"]),
    "tag_key": (["cost centre", "a/b:c"], ["", "aws:x", "AWS:x", "a" * 128, "a;b"]),
    "tag_value": (["", "x@y.z", "é"], ["aws:x", "a" * 257, "a;b"]),
    "name_tag": (["any; thing"], ["", "a" * 257]),
    "ec2_security_group": (["TIO-Node.js-EC2-SG", "a (b) [c] {d} !$*"], ["sg-1", 'a"b', "a'b", "é", "a" * 256, ""]),
    "ec2_security_group.description": (["sg- may stand here"], ["", "it's", "a<b"]),
    "ec2_security_group.rule": (["", "from public_alb"], ["it's", "a\nb"]),
    "elbv2_load_balancer": (["TIO-Internal-ALB", "a" * 32], ["internal-x", "-a", "a-", "a_b", "a" * 33]),
    "elbv2_target_group": (["TargetGroup-Spring-App", "internal-x"], ["-a", "a-", "a.b", "a" * 33]),
    "iam_role": (["TIO-EC2-Role", "a+b=c,d.e@f"], ["a b", "a/b", "a" * 65]),
    "iam_instance_profile": (["a" * 128], ["a b", "a" * 129]),
    "rds_instance": (["tio-db"], ["1db", "a--b", "a-", "a_b", "a" * 64]),
    "rds_subnet_group": (["my group_1"], ["default", "Default", "1a", "a/b"]),
    "s3_bucket": (
        ["my-bucket.eu"],
        ["ab", "Upper", "a..b", "192.168.0.1", "-ab", "ab-", "xn--a", "sthree-a", "a-s3alias", "a--ol-s3", "a_b", "a" * 64],
    ),
    "ec2_launch_template": (["TIO-Spring-LT", "a(b)/c.d"], ["ab", "a b c", "a" * 129]),
    "kms_key": (["tio-files", "a/b_c"], ["aws/x", "a b", "a:b", "a" * 251]),
    "autoscaling_group": (["TIO-Spring-ASG", "a/b;c~"], ["a:b", "a b", "é", "a" * 256]),
    "logs_log_group": (["/my-shop/ec2/spring-application"], ["aws/x", "a b", "a:b"]),
    "secretsmanager_secret": (["tio/db/credentials"], ["a-b12345", "a b", "a:b"]),
    "dynamodb_table": (["groundwork-tio-lock"], ["ab", "a b c", "a/b", "a" * 256]),
    "ecr_repository": (["library", "team/app.web_1"], ["a", "Library", "-a", "a//b", "a__b", "a" * 257]),
    "ecs_cluster": (["library_1-A"], ["a b", "a/b", "a" * 256]),
    "ecs_task_definition": (["my-api-task"], ["a:1", "a" * 256]),
    "ecs_service": (["library", "a" * 249], ["a b", "a" * 250]),
    "codedeploy_application": (["TIO-Spring"], ["a b", "a" * 101]),
}
TAKEN = [(rule, name) for rule, (taken, _refused) in CASES.items() for name in taken]
REFUSED = [(rule, name) for rule, (_taken, refused) in CASES.items() for name in refused]


def test_every_rule_has_its_cases_and_its_source() -> None:
    assert set(CASES) == set(RULES)
    assert all(rule.source.startswith("https://docs.aws.amazon.com/") for rule in RULES.values())


@pytest.mark.parametrize(("rule", "name"), TAKEN)
def test_a_name_is_taken(rule: str, name: str) -> None:
    assert RULES[rule].complaint(name) is None


@pytest.mark.parametrize(("rule", "name"), REFUSED)
def test_a_name_is_refused(rule: str, name: str) -> None:
    assert RULES[rule].complaint(name)


def test_a_complaint_says_what_is_wrong_with_the_name() -> None:
    assert "has 33 characters, and AWS takes 1 to 32" in RULES["elbv2_target_group"].complaint("a" * 33)
    assert "may not begin with sg-" in RULES["ec2_security_group"].complaint("sg-1")


def test_names_follow_one_pattern_unless_they_are_given() -> None:
    assert component_name("tio", "vpc") == "tio-vpc"
    assert part_name("tio-vpc", "ec2_nat_gateway", "a", {}) == "tio-vpc-nat-a"
    assert part_name("tio-vpc", "ec2_nat_gateway", "a", {"ec2_nat_gateway": "one"}) == "one"
    assert part_name("tio-vpc", "ec2_nat_gateway", "a", {"ec2_nat_gateway": "one", "ec2_nat_gateway/a": "two"}) == "two"
