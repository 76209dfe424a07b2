# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a container service takes as given beside a network: a load balancer that listens, in the subnets and with the security groups that
are its arguments, and AWS's own role for ECS. It prints the load balancer's ids. Without arguments it takes the load balancer away.
"""

from __future__ import annotations

import json
import sys

import boto3

NAME = "given"
elbv2, iam = boto3.client("elbv2"), boto3.client("iam")


def standing() -> list[str]:
    """The ARNs of the load balancers of its name."""
    return [one["LoadBalancerArn"] for one in elbv2.describe_load_balancers()["LoadBalancers"] if one["LoadBalancerName"] == NAME]


def make(ids: list[str]) -> None:
    for service in ("ecs", "elasticloadbalancing"):
        iam.create_service_linked_role(AWSServiceName=f"{service}.amazonaws.com")
    subnets, groups = ([one for one in ids if one.startswith(kind)] for kind in ("subnet-", "sg-"))
    made = elbv2.create_load_balancer(Name=NAME, Subnets=subnets, SecurityGroups=groups, Scheme="internal")["LoadBalancers"][0]["LoadBalancerArn"]
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
    elbv2.create_listener(LoadBalancerArn=made, Protocol="HTTP", Port=80, DefaultActions=[answer])
    print("made", file=sys.stderr)


def main(ids: list[str]) -> None:
    if ids and not standing():
        make(ids)
    for arn in standing():
        if not ids:
            elbv2.delete_load_balancer(LoadBalancerArn=arn)
            elbv2.get_waiter("load_balancers_deleted").wait(LoadBalancerArns=[arn], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        else:
            (listener,) = elbv2.describe_listeners(LoadBalancerArn=arn)["Listeners"]
            print(json.dumps({"load_balancer_id": arn, "listener_id": listener["ListenerArn"]}))


if __name__ == "__main__":
    main(sys.argv[1:])
