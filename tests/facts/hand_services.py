# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TIO by hand: the two doors, and the three services behind them."""

from __future__ import annotations

import base64
from typing import Any, NamedTuple

import boto3
from hand_network import REGION, Network

ROLE = "TIO-EC2-Role"
AMAZON_LINUX = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
UBUNTU = "/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id"
CPU = "ASGAverageCPUUtilization"
REQUESTS = "ALBRequestCountPerTarget"


class Service(NamedTuple):
    """A service as the document has it; sizes are minimum, desired and maximum, GiB those of the root disk."""

    group: str
    door: str
    port: int
    health: str
    parameter: str
    instance_type: str
    gib: int
    sizes: tuple[int, int, int]
    warmup: int
    metric: str
    target: float


#: Two of them differ from the document: Node's fleet may grow to five, and Python is asked for its health at /health.
SERVICES = {
    "Spring": Service("TIO-Spring-EC2-SG", "TIO-ALB", 8080, "/actuator/health", AMAZON_LINUX, "t3.micro", 8, (2, 2, 4), 180, CPU, 60),
    "Node": Service("TIO-Node.js-EC2-SG", "TIO-Internal-ALB", 3000, "/", AMAZON_LINUX, "t3.micro", 8, (2, 2, 5), 90, CPU, 60),
    "Python": Service("TIO-Python-EC2-SG", "TIO-Internal-ALB", 8000, "/health", UBUNTU, "g4dn.xlarge", 60, (1, 1, 2), 300, REQUESTS, 600),
}


class Doors(NamedTuple):
    """ARNs: load balancers by name, target groups by service."""

    balancers: dict[str, str]
    targets: dict[str, str]


def make_doors(network: Network) -> Doors:
    elb = boto3.client("elbv2", region_name=REGION)
    targets = {name: make_target_group(elb, name, service, network.vpc) for name, service in SERVICES.items()}
    spring = {"Type": "forward", "TargetGroupArn": targets["Spring"]}
    nowhere = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "Not found"}}
    doors = {
        "TIO-ALB": ("internet-facing", network.public, "TIO-ALB-SG", spring),
        "TIO-Internal-ALB": ("internal", network.private, "TIO-Internal-ALB-SG", nowhere),
    }
    balancers = {}
    for name, (scheme, subnets, group, default) in doors.items():
        made = elb.create_load_balancer(Name=name, Scheme=scheme, Subnets=subnets, SecurityGroups=[network.groups[group]], Type="application")
        balancers[name] = made["LoadBalancers"][0]["LoadBalancerArn"]
        listener = elb.create_listener(LoadBalancerArn=balancers[name], Protocol="HTTP", Port=80, DefaultActions=[default])["Listeners"][0]["ListenerArn"]
        make_rules(elb, listener, [service for service in SERVICES if SERVICES[service].door == name], targets)
    elb.get_waiter("load_balancer_available").wait(LoadBalancerArns=list(balancers.values()))
    return Doors(balancers, targets)


def make_target_group(elb: Any, name: str, service: Service, vpc: str) -> str:
    health = {"HealthCheckProtocol": "HTTP", "HealthCheckPath": service.health}
    made = elb.create_target_group(Name=f"TargetGroup-{name}-App", Protocol="HTTP", Port=service.port, VpcId=vpc, TargetType="instance", **health)
    return made["TargetGroups"][0]["TargetGroupArn"]


def make_rules(elb: Any, listener: str, services: list[str], targets: dict[str, str]) -> None:
    for priority, name in enumerate(services, start=1):
        condition = {"Field": "path-pattern", "PathPatternConfig": {"Values": [f"/api/{name.lower()}/*"]}}
        action = {"Type": "forward", "TargetGroupArn": targets[name]}
        elb.create_rule(ListenerArn=listener, Priority=priority, Conditions=[condition], Actions=[action])


def make_fleets(network: Network, doors: Doors) -> None:
    for name, service in SERVICES.items():
        make_template(name, service, network)
        make_fleet(name, service, network, doors)


def make_template(name: str, service: Service, network: Network) -> None:
    """A launch template as the console's form fills it in. Raises what EC2 says where the image is not there."""
    ec2, ssm = (boto3.client(one, region_name=REGION) for one in ("ec2", "ssm"))
    image = ssm.get_parameter(Name=service.parameter)["Parameter"]["Value"]
    root = ec2.describe_images(ImageIds=[image])["Images"][0]["RootDeviceName"]
    disk = {"VolumeType": "gp3", "VolumeSize": service.gib, "Encrypted": True, "DeleteOnTermination": True}
    data = {
        "ImageId": image,
        "InstanceType": service.instance_type,
        "IamInstanceProfile": {"Name": ROLE},
        "SecurityGroupIds": [network.groups[service.group]],
        "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
        "BlockDeviceMappings": [{"DeviceName": root, "Ebs": disk}],
        "UserData": base64.b64encode(b"#!/bin/bash\ntimedatectl set-timezone Asia/Seoul\n").decode(),
    }
    ec2.create_launch_template(LaunchTemplateName=f"TIO-{name}-LT", LaunchTemplateData=data)


def make_fleet(name: str, service: Service, network: Network, doors: Doors) -> None:
    """The Auto Scaling group with its scaling policy, metrics and tags; instances come up later."""
    scaling = boto3.client("autoscaling", region_name=REGION)
    fleet, (minimum, desired, maximum) = f"TIO-{name}-ASG", service.sizes
    tags = {"Name": f"TIO-{name}-Server", "Service": f"tio-{name.lower()}"}
    scaling.create_auto_scaling_group(
        AutoScalingGroupName=fleet,
        LaunchTemplate={"LaunchTemplateName": f"TIO-{name}-LT", "Version": "$Default"},
        MinSize=minimum,
        DesiredCapacity=desired,
        MaxSize=maximum,
        VPCZoneIdentifier=",".join(network.private),
        TargetGroupARNs=[doors.targets[name]],
        HealthCheckType="ELB",
        HealthCheckGracePeriod=300,
        DefaultInstanceWarmup=service.warmup,
        Tags=[{"Key": key, "Value": value, "PropagateAtLaunch": True} for key, value in tags.items()],
    )
    scaling.enable_metrics_collection(AutoScalingGroupName=fleet, Granularity="1Minute")
    metric = {"PredefinedMetricType": service.metric}
    if service.metric == REQUESTS:
        metric["ResourceLabel"] = f"{resource(doors.balancers[service.door], 'loadbalancer/')}/{resource(doors.targets[name], ':')}"
    tracking = {"PredefinedMetricSpecification": metric, "TargetValue": service.target}
    scaling.put_scaling_policy(
        AutoScalingGroupName=fleet,
        PolicyName="TIO-CPU-Scaling-Policy" if service.metric == CPU else "TIO-Request-Scaling-Policy",
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration=tracking,
    )


def resource(arn: str, mark: str) -> str:
    """What comes after the last mark of an ARN: metrics and alarms name load balancers and target groups so."""
    return arn.rpartition(mark)[2]
