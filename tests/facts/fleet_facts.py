# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TIO's three fleets: launch templates, Auto Scaling groups, how they scale, and the instances that run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from system_view import Fact, held, tags_of
from tio_view import FLEETS, ROLE, Tio
from vpc_view import View

#: Images change every week or two: a template holds what the parameter said when it was made, so these facts are for a fresh stack.
AMAZON_LINUX = [f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-{kernel}-x86_64" for kernel in ("default", "6.1", "6.12")]
UBUNTU = ["/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id",
          "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-22.04/latest/ami-id"]  # fmt: skip
GPU_ROOT_GIB = 60


class Wanted(NamedTuple):
    """Sizes are minimum, desired and maximum; the warm-up is in seconds, and None where the document has none."""

    group: str
    target_group: str
    parameters: list[str]
    instance_type: str
    sizes: tuple[int, int, int]
    warmup: int | None
    metric: str
    target: float


CPU, REQUESTS = "ASGAverageCPUUtilization", "ALBRequestCountPerTarget"
SERVICES = {
    "Spring": Wanted("TIO-Spring-EC2-SG", "TargetGroup-Spring-App", AMAZON_LINUX, "t3.micro", (2, 2, 4), 180, CPU, 60),
    "Node": Wanted("TIO-Node.js-EC2-SG", "TargetGroup-Node-App", AMAZON_LINUX, "t3.micro", (2, 2, 4), 90, CPU, 60),
    # The document's ten requests a second; the metric counts those of a minute.
    "Python": Wanted("TIO-Python-EC2-SG", "TargetGroup-Python-App", UBUNTU, "g4dn.xlarge", (1, 1, 2), None, REQUESTS, 600),
}


def facts(tio: Tio) -> Iterator[Fact]:
    for service, wanted in SERVICES.items():
        yield from held(f"TIO-{service}-LT stands", template(tio, service, wanted))
        yield from held(f"{FLEETS[service]} stands", fleet(tio, service, wanted))
        yield from held(f"{FLEETS[service]} scales", scaling(tio, service, wanted))
        yield from held(f"{FLEETS[service]} runs", instances(tio, service, wanted))


def template(tio: Tio, service: str, wanted: Wanted) -> Iterator[Fact]:
    """Of the version that the fleet uses."""
    name, used = f"TIO-{service}-LT", template_of(tio.fleets[FLEETS[service]])
    asked = {"LaunchTemplateName": name, "Versions": [used["Version"]]}
    data = tio.all("ec2", "describe_launch_template_versions", "LaunchTemplateVersions", **asked)[0]["LaunchTemplateData"]
    values = tio.client("ssm").get_parameters(Names=wanted.parameters)["Parameters"]
    yield Fact(f"{name} has an image that a public parameter names", True, data["ImageId"] in {one["Value"] for one in values})
    yield Fact(f"{name} is {wanted.instance_type}", wanted.instance_type, data["InstanceType"])
    yield Fact(f"{name} has no key pair", None, data.get("KeyName"))
    metadata = data.get("MetadataOptions", {})
    yield Fact(f"{name} requires IMDSv2, one hop away", ("required", 1), (metadata.get("HttpTokens"), metadata.get("HttpPutResponseHopLimit")))
    profile = data.get("IamInstanceProfile", {})
    yield Fact(f"{name} has the profile {ROLE}", ROLE, profile.get("Name") or profile.get("Arn", "").rpartition("/")[2])
    groups = data.get("SecurityGroupIds") or [group for card in data.get("NetworkInterfaces", []) for group in card.get("Groups", [])]
    yield Fact(f"{name} has the group {wanted.group} alone", [wanted.group], tio.names(groups))
    image = tio.client("ec2").describe_images(ImageIds=[data["ImageId"]])["Images"][0]
    disks = data.get("BlockDeviceMappings", [])
    yield Fact(f"{name} has one disk, on its image's root device", [image["RootDeviceName"]], [disk["DeviceName"] for disk in disks])
    yield Fact(f"{name} encrypts it, and has it as gp3", [(True, "gp3")], [(disk["Ebs"].get("Encrypted"), disk["Ebs"].get("VolumeType")) for disk in disks])
    if wanted.parameters is UBUNTU:
        yield Fact(f"{name} has {GPU_ROOT_GIB} GiB for drivers and models", [], small(disks))


def template_of(group: View) -> View:
    """The launch template that a fleet uses, and its version."""
    return group.get("LaunchTemplate") or group["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"]


def small(disks: list[View]) -> list[int]:
    return [size for size in (disk["Ebs"].get("VolumeSize", 0) for disk in disks) if size < GPU_ROOT_GIB]


def fleet(tio: Tio, service: str, wanted: Wanted) -> Iterator[Fact]:
    name = FLEETS[service]
    found = tio.fleets[name]
    sizes = tuple(found[field] for field in ("MinSize", "DesiredCapacity", "MaxSize"))
    yield Fact(f"{name} has {wanted.sizes[0]} at least, {wanted.sizes[2]} at most, and wants {wanted.sizes[1]}", wanted.sizes, sizes)
    yield Fact(f"{name} uses TIO-{service}-LT", f"TIO-{service}-LT", template_of(found)["LaunchTemplateName"])
    yield Fact(f"{name} lies in both private subnets", sorted(tio.private), tio.names(found["VPCZoneIdentifier"].split(",")))
    yield Fact(f"{name} registers with {wanted.target_group} alone", [tio.target_groups[wanted.target_group]["TargetGroupArn"]], found["TargetGroupARNs"])
    yield Fact(f"{name} goes by EC2's health, or by its load balancer's", True, found["HealthCheckType"] in ("EC2", "ELB"))
    if wanted.warmup is not None:
        yield Fact(f"{name} gives a new instance {wanted.warmup} s", wanted.warmup, found.get("DefaultInstanceWarmup"))
    metrics = {one["Metric"] for one in found.get("EnabledMetrics", [])}
    sought = {"GroupMinSize", "GroupMaxSize", "GroupDesiredCapacity", "GroupInServiceInstances"}
    yield Fact(f"{name} tells its figures to CloudWatch", set(), sought - metrics)
    handed = {tag["Key"]: tag["Value"] for tag in found["Tags"] if tag["PropagateAtLaunch"]}
    tags = names_of(service)
    yield Fact(f"{name} hands on the tags {tags}", tags, {key: handed.get(key) for key in tags})
    refreshes = tio.client("autoscaling").describe_instance_refreshes(AutoScalingGroupName=name)["InstanceRefreshes"]
    kept = [one.get("Preferences", {}).get("MinHealthyPercentage") for one in refreshes]
    yield Fact(f"{name} was never renewed with less than 75 % of it healthy", [], [share for share in kept if share is None or share < 75])


def names_of(service: str) -> dict[str, str]:
    return {"Name": f"TIO-{service}-Server", "Service": f"tio-{service.lower()}"}


def scaling(tio: Tio, service: str, wanted: Wanted) -> Iterator[Fact]:
    name = FLEETS[service]
    policies = tio.all("autoscaling", "describe_policies", "ScalingPolicies", AutoScalingGroupName=name)
    tracked = [one["TargetTrackingConfiguration"] for one in policies if one["PolicyType"] == "TargetTrackingScaling"]
    yield Fact(f"{name} has one scaling policy, and it tracks a target", (1, 1), (len(policies), len(tracked)))
    metrics = [one.get("PredefinedMetricSpecification", {}) for one in tracked]
    yield Fact(f"{name} tracks {wanted.metric} {wanted.target}", [(wanted.metric, wanted.target)],
               [(metric.get("PredefinedMetricType"), one["TargetValue"]) for metric, one in zip(metrics, tracked, strict=True)])  # fmt: skip
    if wanted.metric == REQUESTS:
        target_group = tio.target_groups[wanted.target_group]["TargetGroupArn"].rpartition(":")[2]
        door = tio.balancers["TIO-Internal-ALB"]["LoadBalancerArn"].rpartition("loadbalancer/")[2]
        labels = [one.get("ResourceLabel") for one in metrics]
        yield Fact(f"{name} counts those of {wanted.target_group} behind TIO-Internal-ALB", [f"{door}/{target_group}"], labels)


def instances(tio: Tio, service: str, wanted: Wanted) -> Iterator[Fact]:
    """What really runs, as EC2 tells it."""
    name = FLEETS[service]
    group = tio.fleets[name]
    in_service = [one["InstanceId"] for one in group["Instances"] if (one["LifecycleState"], one["HealthStatus"]) == ("InService", "Healthy")]
    yield Fact(f"{name} has as many healthy instances in service as it wants", group["DesiredCapacity"], len(in_service))
    alive = [{"Name": "tag:aws:autoscaling:groupName", "Values": [name]}, {"Name": "instance-state-name", "Values": ["pending", "running"]}]
    found = [one for reservation in tio.all("ec2", "describe_instances", "Reservations", Filters=alive) for one in reservation["Instances"]]
    each = len(found)
    yield Fact(f"the instances of {name} run, and no other has its tag", sorted(in_service), sorted(one["InstanceId"] for one in found))
    yield Fact(f"each is {wanted.instance_type}", [wanted.instance_type] * each, [one["InstanceType"] for one in found])
    yield Fact("each lies in a private subnet, and they in as many as there are of them", (min(each, len(tio.private)), set()),
               (len({one["SubnetId"] for one in found}), set(tio.names(one["SubnetId"] for one in found)) - tio.private))  # fmt: skip
    yield Fact("none has a public address", [], [one["PublicIpAddress"] for one in found if one.get("PublicIpAddress")])
    yield Fact("none has a key pair", [], [one["KeyName"] for one in found if one.get("KeyName")])
    yield Fact(f"each has the group {wanted.group} alone", [[wanted.group]] * each, [[link["GroupName"] for link in one["SecurityGroups"]] for one in found])
    tags = names_of(service)
    yield Fact(f"each bears {tags}", [tags] * each, [{key: tags_of(one["Tags"]).get(key) for key in tags} for one in found])
    yield Fact("each requires IMDSv2", ["required"] * each, [one.get("MetadataOptions", {}).get("HttpTokens") for one in found])
    attached = [{"Name": "attachment.instance-id", "Values": [one["InstanceId"] for one in found]}]
    disks = tio.all("ec2", "describe_volumes", "Volumes", Filters=attached)
    yield Fact("each has one disk, encrypted, gp3", [(True, "gp3")] * each, [(disk["Encrypted"], disk["VolumeType"]) for disk in disks])
