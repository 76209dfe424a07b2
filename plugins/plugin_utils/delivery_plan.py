# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From the inputs of a delivery to each of its parts, as the modules take them. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.groundwork.aws.plugins.module_utils._core.plan import UNKNOWN

from .kinds import default_name

Part = dict[str, t.Any]
Statement = dict[str, t.Any]
VERSION = "2012-10-17"


class DeliveryPlanError(ValueError):
    """The inputs make no delivery. The message says which, and what to do."""


def delivery_plan(inputs: Mapping[str, t.Any], stack: str, role_arn: str = UNKNOWN, provider_arn: str = UNKNOWN) -> dict[str, t.Any]:
    """Every part of a delivery. The inputs are those of the role ``delivery``; the ARNs are those of its role and its provider, once known."""
    return _Delivery(inputs, stack, role_arn, provider_arn).plan()


class _Delivery:
    def __init__(self, inputs: Mapping[str, t.Any], stack: str, role_arn: str, provider_arn: str):
        self.input = lambda name: inputs[f"delivery_{name}"]
        self.wiring, self.oidc = inputs["delivery_wiring"], inputs["delivery_oidc"]
        self.stack, self.role_arn = stack, role_arn
        self.provider_arn = self.oidc.get("provider_arn") or provider_arn
        self.audiences = self.oidc.get("audiences") or ["sts.amazonaws.com"]

    def plan(self) -> dict[str, t.Any]:
        return {
            "role": self.role(),
            "groups": [self.group(service) for service in self.input("services")],
            "audiences": self.audiences,
            "pipeline": self.pipeline() if self.oidc else {},
        }

    def role(self) -> Part:
        """What CodeDeploy takes on: https://docs.aws.amazon.com/codedeploy/latest/userguide/getting-started-create-service-role.html"""
        trust = {"Effect": "Allow", "Principal": {"Service": "codedeploy.amazonaws.com"}, "Action": "sts:AssumeRole"}
        policy = f"arn:{self.wiring.get('partition') or 'aws'}:iam::aws:policy/service-role/AWSCodeDeployRole"
        return {"trust": {"Version": VERSION, "Statement": [trust]}, "managed_policies": [policy]}

    def group(self, service: str) -> Part:
        """Where a service is deployed: its fleet, behind its target group where it has one."""
        wired = (self.wiring.get("services") or {}).get(service) or {}
        return {
            "key": service,
            "name": self.input("groups").get(service) or default_name(self.stack, service),
            "service_role_arn": self.role_arn,
            "deployment_config": self.input("config"),
            "autoscaling_groups": [wired["autoscaling_group"]] if wired.get("autoscaling_group") else [],
            "target_groups": [wired["target_group"]] if wired.get("target_group") else [],
            "auto_rollback": self.input("rollback"),
            "alarms": self.input("alarms").get(service) or [],
            "termination_hook": False,
        }

    # -- the pipeline ------------------------------------------------------------------------------------------

    def pipeline(self) -> Part:
        """The role that a pipeline takes on by a token: it may put revisions, and release them, and nothing else."""
        subjects, url = self.oidc.get("subjects"), self.oidc.get("url")
        if not url or not subjects:
            raise DeliveryPlanError("delivery_oidc says a url, and whose tokens are taken as subjects: without them anybody there could release")
        host = url.removeprefix("https://").rstrip("/")
        trust = {
            "Effect": "Allow",
            "Principal": {"Federated": self.provider_arn},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {f"{host}:aud": self.audiences}, "StringLike": {f"{host}:sub": subjects}},
        }
        document = {"Version": VERSION, "Statement": [*self._put(), *self._release()]}
        return {"trust": {"Version": VERSION, "Statement": [trust]}, "policies": {"release": document}}

    def _put(self) -> t.Iterator[Statement]:
        bucket = f"arn:{self.wiring.get('partition') or 'aws'}:s3:::{self.wiring['bucket']}"
        yield _allow("PutRevisions", ["s3:AbortMultipartUpload", "s3:PutObject"], [f"{bucket}/{self.input('prefix')}*"])
        if self.wiring.get("key_arn"):
            # An upload in parts reads the data key again: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
            yield _allow("EncryptRevisions", ["kms:Decrypt", "kms:GenerateDataKey"], [self.wiring["key_arn"]])

    def _release(self) -> t.Iterator[Statement]:
        """By the resources of each action: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodedeploy.html"""
        place = [self.wiring.get(part) or default for part, default in (("partition", "aws"), ("region", "*"), ("account", "*"))]
        base = "arn:{}:codedeploy:{}:{}".format(*place)
        name = self.input("application")
        groups = ["codedeploy:CreateDeployment", "codedeploy:GetDeployment", "codedeploy:GetDeploymentGroup", "codedeploy:ListDeployments"]
        yield _allow("Release", groups, [f"{base}:deploymentgroup:{name}/*"])
        revisions = ["codedeploy:GetApplication", "codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision"]
        yield _allow("Register", revisions, [f"{base}:application:{name}"])
        yield _allow("Configure", ["codedeploy:GetDeploymentConfig"], [f"{base}:deploymentconfig:{self.input('config')}"])
        # These two know no resource.
        yield _allow("Watch", ["codedeploy:BatchGetDeploymentTargets", "codedeploy:ListDeploymentTargets"], ["*"])


def _allow(label: str, actions: list[str], resources: list[str]) -> Statement:
    return {"Sid": label, "Effect": "Allow", "Action": actions, "Resource": resources}
