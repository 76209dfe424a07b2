#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: dispatch
short_description: Carries out the other modules of this collection
version_added: 0.1.0
description:
  - What a task sends for any module of this collection that asks AWS, so that Ansible puts it together once a run and not once a type.
  - It is no module for playbooks, and refuses to be one.
author: Groundwork contributors (@groundwork)
options:
  dispatched:
    description: What is meant. The options of that module stand beside this one.
    type: dict
    required: true
    suboptions:
      module:
        description: The name of the module.
        type: str
      host:
        description: The host of the task, which is the component where a module reads for one.
        type: str
      answers:
        description: The folder, of this run alone, in which M(groundwork.aws.stack_info) leaves AWS's answers for the modules that follow.
        type: path
"""

EXAMPLES = r"""
- name: A task names the module that it means
  groundwork.aws.ec2_vpc:
    stack: shop
    component: vpc
    name: shop
    cidr_block: 10.0.0.0/16
"""

RETURN = r"""
"""

from ansible_collections.groundwork.aws.plugins.module_utils._core.dispatched import carry_out
from ansible_collections.groundwork.aws.plugins.module_utils import _modules


def bundled() -> None:
    """Never called: Ansible sends along what it finds imported. tests/unit/test_runtime.py holds it complete."""
    from ansible_collections.groundwork.aws.plugins.module_utils._modules import (  # noqa: F401
        acm_certificate,
        autoscaling_group,
        autoscaling_instance_refresh,
        autoscaling_policy,
        cloudwatch_alarm,
        codedeploy_application,
        codedeploy_deployment,
        codedeploy_deployment_group,
        deployment_info,
        ec2_address,
        ec2_flow_log,
        ec2_internet_gateway,
        ec2_launch_template,
        ec2_nat_gateway,
        ec2_network_acl,
        ec2_route_table,
        ec2_security_group,
        ec2_subnet,
        ec2_vpc,
        ec2_vpc_endpoint,
        ecr_repository,
        ecs_cluster,
        ecs_service,
        ecs_task_definition,
        elbv2_listener,
        elbv2_listener_rule,
        elbv2_listener_weights,
        elbv2_load_balancer,
        elbv2_target,
        elbv2_target_group,
        iam_oidc_provider,
        iam_policy,
        iam_role,
        iam_service_linked_role,
        kms_key,
        logs_log_group,
        rds_instance,
        rds_parameter_group,
        rds_subnet_group,
        reachability_info,
        s3_bucket,
        secretsmanager_rotation,
        secretsmanager_secret,
        stack_info,
        stack_lock,
        stack_preflight,
        stack_removal,
    )


def main() -> None:
    carry_out(_modules.__name__)


if __name__ == "__main__":
    main()
