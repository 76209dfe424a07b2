# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a stack hands out is told so that one can act on it."""

from __future__ import annotations

from ansible_collections.groundwork.aws.plugins.plugin_utils.outputs import summary

KINDS = {"door": "load_balancer", "web": "service", "db": "database", "files": "bucket", "vpc": "network"}
COMPONENTS = {name: {"kind": kind} for name, kind in KINDS.items()}


def test_each_kind_says_what_can_be_done_with_it() -> None:
    record = {"name": "_a.shop.example", "type": "CNAME", "value": "_b.acm"}
    told = summary(
        COMPONENTS,
        {
            "door": {"url": "http://d.elb", "records_to_add": [record]},
            "web": {"autoscaling_group": "fleet", "log_groups": ["/shop/web"]},
            "db": {"endpoint": {"address": "db.rds", "port": 3306}, "secret_arn": "arn:secret"},
            "files": {"name": "shop-files"},
            "vpc": {"vpc_id": "vpc-1"},
        },
        "eu-west-1",
    )
    assert told == [
        "db: db.rds:3306; who may reads its secret: arn:secret",
        "door: http://d.elb",
        "door: add CNAME _a.shop.example -> _b.acm to the domain's zone, and run again",
        "files: s3://shop-files",
        "web: its hosts: aws ec2 describe-instances --region eu-west-1 --filters Name=tag:aws:autoscaling:groupName,Values=fleet; "
        "a shell on one: aws ssm start-session --region eu-west-1 --target INSTANCE",
        "web: its logs: aws logs tail --region eu-west-1 --follow /shop/web",
    ]


def test_what_hands_out_nothing_is_not_told() -> None:
    assert summary(COMPONENTS, {"door": {}, "db": {}}, "eu-west-1") == []
