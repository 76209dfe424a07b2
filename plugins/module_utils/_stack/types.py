# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every type of resource that a stack can own, in the order in which they are removed.

The one table that the inventory of what stands, orphans and destroy walk. What bears no tag of its own (a route, an
association, a rule, an ACL's entry) is a key of its parent's shape, and goes with it.
"""

from __future__ import annotations

from .._cloudwatch.alarm import Alarm
from .._acm.certificate import Certificate
from .._autoscaling.group import AutoScalingGroup
from .._autoscaling.policy import ScalingPolicy
from .._codedeploy.application import Application
from .._codedeploy.deployment_group import DeploymentGroup
from .._ec2.address import Address
from .._ec2.flow_log import FlowLog
from .._ec2.internet_gateway import InternetGateway
from .._ec2.launch_template import LaunchTemplate
from .._ec2.nat_gateway import NatGateway
from .._ec2.network_acl import NetworkAcl
from .._ec2.route_table import RouteTable
from .._ec2.security_group import SecurityGroup
from .._ec2.subnet import Subnet
from .._ec2.vpc import Vpc
from .._ec2.vpc_endpoint import VpcEndpoint
from .._ecr.repository import Repository
from .._ecs.cluster import Cluster
from .._ecs.service import Service
from .._ecs.task_definition import TaskDefinition
from .._elbv2.listener import Listener
from .._elbv2.listener_rule import ListenerRule
from .._elbv2.load_balancer import LoadBalancer
from .._elbv2.target_group import TargetGroup
from .._iam.oidc_provider import OidcProvider
from .._iam.policy import Policy
from .._iam.role import Role
from .._kms.key import Key
from .._logs.log_group import LogGroup
from .._rds.instance import Instance as DbInstance
from .._rds.parameter_group import ParameterGroup
from .._rds.subnet_group import SubnetGroup
from .._s3.bucket import Bucket
from .._secretsmanager.secret import Secret

#: Stages: all of a stage are begun, then awaited, before the next one begins. What refers goes before what it refers to.
REMOVAL = (
    (ScalingPolicy,),
    (ListenerRule, Alarm, FlowLog),
    (Listener, DeploymentGroup),
    (LoadBalancer, Application, AutoScalingGroup, Service),
    (TargetGroup, Certificate, DbInstance, NatGateway, VpcEndpoint),
    (SubnetGroup, ParameterGroup, Address, SecurityGroup, NetworkAcl, LaunchTemplate, Cluster, TaskDefinition),
    (RouteTable, InternetGateway),
    (Subnet, Role),
    (Vpc, Policy, OidcProvider),
    (LogGroup, Bucket, Repository),
    (Secret,),
    (Key,),
)
TYPES = tuple(kind for stage in REMOVAL for kind in stage)
