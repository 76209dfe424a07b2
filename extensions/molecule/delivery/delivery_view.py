# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What AWS says of the delivery, as JSON: an independent reader, boto3 alone."""

from __future__ import annotations

import json

import boto3


def every(value: str | list[str]) -> list[str]:
    """In a policy one value and a list of it mean the same."""
    return [value] if isinstance(value, str) else value


def main() -> None:
    codedeploy, iam = boto3.client("codedeploy"), boto3.client("iam")
    names = codedeploy.list_deployment_groups(applicationName="shop")["deploymentGroups"]
    groups = [codedeploy.get_deployment_group(applicationName="shop", deploymentGroupName=name)["deploymentGroupInfo"] for name in names]
    pipeline = iam.get_role(RoleName="shop-delivery-pipeline")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]
    policy = iam.get_role_policy(RoleName="shop-delivery-pipeline", PolicyName="release")["PolicyDocument"]["Statement"]
    view = {
        "applications": codedeploy.list_applications()["applications"],
        "groups": {
            group["deploymentGroupName"]: {
                "fleets": [fleet["name"] for fleet in group["autoScalingGroups"]],
                "traffic": group["deploymentStyle"]["deploymentOption"],
                "role": group["serviceRoleArn"].rpartition("/")[2],
                "rollback": group["autoRollbackConfiguration"]["events"],
            }
            for group in groups
        },
        "subjects": every(pipeline["Condition"]["StringLike"]["token.actions.githubusercontent.com:sub"]),
        "trusted": every(pipeline["Principal"]["Federated"]),
        "providers": [one["Arn"] for one in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]],
        "puts": [resource for one in policy if "s3:PutObject" in one["Action"] for resource in one["Resource"]],
    }
    print(json.dumps(view))


if __name__ == "__main__":
    main()
