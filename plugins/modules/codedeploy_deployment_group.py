#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: codedeploy_deployment_group
short_description: Keep the deployment groups of a component as described
version_added: 0.1.0
description:
  - Keeps every deployment group of a component in one task. A group says where revisions of an application are deployed, in place, and how.
  - The name is the group's own, and an application has one of a name.
  - IAM is consistent only eventually. A role that cannot be assumed yet is tried again for two minutes.
author: Groundwork contributors (@groundwork)
options:
  application:
    description: Name of the application.
    type: str
    required: true
  deployment_groups:
    description: Every one of the component's, each under a key of its own. What is not listed is left alone.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The group's own name.
        type: str
        required: true
      key:
        description: Steady handle within the component; the tag C(groundwork:key). The name by default.
        type: str
      service_role_arn:
        description: ARN of the role that CodeDeploy assumes. V((known after apply)) under check mode, when it does not stand yet.
        type: str
        required: true
      deployment_config:
        description: Name of the deployment configuration, as V(CodeDeployDefault.OneAtATime), which AWS takes unless given.
        type: str
      autoscaling_groups:
        description: Names of the autoscaling groups whose instances are deployed to, exactly these; new instances get the last success.
        type: list
        elements: str
      target_groups:
        description: Names of the target groups that an instance leaves while it is deployed to, exactly these.
        type: list
        elements: str
      traffic_control:
        description: Whether instances leave their target groups meanwhile. Given O(deployment_groups[].target_groups), whether there are any.
        type: bool
      auto_rollback:
        description: What makes CodeDeploy go back to the last success, exactly these. Nothing where it is empty.
        type: list
        elements: str
        choices: [DEPLOYMENT_FAILURE, DEPLOYMENT_STOP_ON_ALARM, DEPLOYMENT_STOP_ON_REQUEST]
      alarms:
        description: Names of the CloudWatch alarms that stop a deployment, exactly these.
        type: list
        elements: str
      alarms_enabled:
        description: Whether they do. Given O(deployment_groups[].alarms), whether there are any.
        type: bool
      termination_hook:
        description: Whether CodeDeploy runs its hooks on instances that the autoscaling groups terminate.
        type: bool
extends_documentation_fragment:
  - groundwork.aws.frame
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep where the shop is deployed
  groundwork.aws.codedeploy_deployment_group:
    stack: shop
    component: delivery
    application: shop
    deployment_groups:
      - key: web
        name: shop-web
        service_role_arn: arn:aws:iam::123456789012:role/shop-delivery
        autoscaling_groups: [shop-web]
        target_groups: [shop-web]
        auto_rollback: [DEPLOYMENT_FAILURE]
"""

RETURN = r"""
planned:
  description: Each resource with its component, type, name, key, action (none, create, update, replace, delete), changed keys and id.
  returned: always
  type: list
  elements: dict
waited:
  description: What was awaited, and for how many seconds.
  returned: always
  type: list
  elements: dict
deployment_groups:
  description: What stands, or would under check mode; empty when all are absent.
  returned: success
  type: list
  elements: dict
  sample: [{id: "arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:shop/shop-web", key: web, last_deployment: d-A1B2C3D4E}]
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.codedeploy_deployment_group import main

if __name__ == "__main__":
    main()
