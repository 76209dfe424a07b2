# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A container service in two colours behind a door that serves, and deploys of it, module by module as the role does them.

Time is virtual: it goes on by the waits of modules alone, and while it does requests come at a steady rate.
"""

from __future__ import annotations

import functools
import hashlib
import http.client
import json
import typing as t
from collections import Counter

from ansible_collections.groundwork.aws.plugins.module_utils._core.wait import Waiter
from ansible_collections.groundwork.aws.plugins.plugin_utils.deploy_settings import deploy_settings
from localcloud import LocalCloud
from localcloud.clock import CLOCK

ZONES = ("ap-northeast-2a", "ap-northeast-2b")
PORT = 8081
TRUST = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
COLOURS = ("blue", "green")
CHECKS = {"HealthCheckIntervalSeconds": 10, "HealthCheckTimeoutSeconds": 2, "HealthyThresholdCount": 2, "UnhealthyThresholdCount": 2}
#: Each step is watched for three minutes, by looks that are as far apart as CloudWatch's figures are new.
WATCHED = {"bake_minutes": 3, "interval_minutes": 3, "retain_minutes": 5}


class Failed(Exception):
    """A module failed; the message is its own."""


def manifest(tag: str) -> str:
    config = {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": f"sha256:{hashlib.sha256(tag.encode()).hexdigest()}"}
    return json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "config": config, "layers": []})


class World:
    """What site.yml makes of the library system, as far as a deploy needs it, with images 1 to 9 in its repository."""

    def __init__(self, cloud: LocalCloud, aws: t.Any):
        self.cloud, self.aws = cloud, aws
        vpc = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        gateway = aws.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        aws.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        nets = [{"VpcId": vpc, "CidrBlock": f"10.0.{place}.0/24", "AvailabilityZone": zone} for place, zone in enumerate(ZONES)]
        self.subnets = [aws.ec2.create_subnet(**net)["Subnet"]["SubnetId"] for net in nets]
        self.group = aws.ec2.create_security_group(GroupName="tasks", Description="tasks", VpcId=vpc)["GroupId"]
        self.balancer = aws.elbv2.create_load_balancer(Name="library", Subnets=self.subnets)["LoadBalancers"][0]["LoadBalancerArn"]
        self.targets = {colour: self._targets(vpc, colour) for colour in COLOURS}
        shares = [{"TargetGroupArn": self.targets[colour], "Weight": weight} for colour, weight in zip(COLOURS, (100, 0), strict=True)]
        action = {"Type": "forward", "ForwardConfig": {"TargetGroups": shares}}
        listening = {"LoadBalancerArn": self.balancer, "Protocol": "HTTP", "Port": 80, "DefaultActions": [action]}
        self.listener = aws.elbv2.create_listener(**listening)["Listeners"][0]["ListenerArn"]
        aws.ecs.create_cluster(clusterName="library")
        aws.logs.create_log_group(logGroupName="/library/app")
        trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
        self.role = aws.iam.create_role(RoleName="execution", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        self.repository = aws.ecr.create_repository(repositoryName="library")["repository"]["repositoryUri"]
        self.images = {tag: f"{self.repository}@{self._push(str(tag))}" for tag in range(1, 10)}

    def _targets(self, vpc: str, colour: str) -> str:
        asked = {"Name": f"library-{colour}", "Protocol": "HTTP", "Port": PORT, "VpcId": vpc, "TargetType": "ip", **CHECKS}
        arn = self.aws.elbv2.create_target_group(**asked)["TargetGroups"][0]["TargetGroupArn"]
        delay = [{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}]
        self.aws.elbv2.modify_target_group_attributes(TargetGroupArn=arn, Attributes=delay)
        return arn

    def _push(self, tag: str) -> str:
        return self.aws.ecr.put_image(repositoryName="library", imageTag=tag, imageManifest=manifest(tag))["image"]["imageId"]["imageDigest"]

    def behave(self, tag: int, **settings: t.Any) -> None:
        """Let an image behave so, from its next start on."""
        self.cloud.dials.versions = {self.images[tag]: settings}

    # -- what stands, by a reader of its own --

    def weights(self) -> dict[str, int]:
        action = self.aws.elbv2.describe_listeners(ListenerArns=[self.listener])["Listeners"][0]["DefaultActions"][-1]
        found = {one["TargetGroupArn"]: one["Weight"] for one in action["ForwardConfig"]["TargetGroups"]}
        return {colour: found.get(arn, 0) for colour, arn in self.targets.items()}

    def healthy(self, colour: str) -> int:
        found = self.aws.elbv2.describe_target_health(TargetGroupArn=self.targets[colour])["TargetHealthDescriptions"]
        return sum(one["TargetHealth"]["State"] == "healthy" for one in found)

    def running(self) -> dict[str, tuple[int, int]]:
        """By colour: the tag of the image that its service runs, and how many tasks it wants."""
        services = self.aws.ecs.describe_services(cluster="library", services=[f"library-{colour}" for colour in COLOURS])["services"]
        return {one["serviceName"].rpartition("-")[2]: (self._tag(one["taskDefinition"]), one["desiredCount"]) for one in services}

    def _tag(self, revision: str) -> int:
        image = self.aws.ecs.describe_task_definition(taskDefinition=revision)["taskDefinition"]["containerDefinitions"][0]["image"]
        return next(tag for tag, known in self.images.items() if known == image)

    @property
    def live(self) -> tuple[int, str]:
        """The tag that has all requests, and its colour; both 0 and empty while two share them."""
        whole = [colour for colour, weight in self.weights().items() if weight == 100]
        return (self.running()[whole[0]][0], whole[0]) if whole else (0, "")


class Deploys:
    """Deploys, by the modules that the tasks of the role call, in their order."""

    def __init__(self, run: t.Any, world: World):
        self.run, self.world = run, world

    def call(self, module: str, **params: t.Any) -> dict[str, t.Any]:
        result = self.run(module, **params)
        if result.get("failed"):
            raise Failed(result["msg"])
        return result

    def __call__(self, tag: int | str, **given: t.Any) -> dict[str, t.Any]:
        """Deploy an image; what deployment_info drew up. Raise Failed with the cause, after the retreat."""
        settings = deploy_settings({**WATCHED, **given}, {})
        image = self.look(settings, image=f":{tag}")["image"]
        revision = self.register(image)
        shift = self.look(settings, revision=revision)
        if not shift["steps"]:
            return shift
        try:
            self.shift(shift, revision, settings)
        except Failed:
            self.back(shift, shift["fallback"])
            self.scale(shift["new"], 0, revision, settings)
            raise
        if shift["retires"] and settings["retain_minutes"]:
            self.retire(shift, settings)
        return shift

    def look(self, settings: dict[str, t.Any], **asked: t.Any) -> dict[str, t.Any]:
        names = {colour: {"service": f"library-{colour}", "target_group": f"library-{colour}"} for colour in COLOURS}
        how = {key: settings[key] for key in ("strategy", "share", "step", "bake_minutes", "interval_minutes")}
        return self.run_info(cluster="library", repository="library", **names, **how, desired=2, **asked)

    def run_info(self, **asked: t.Any) -> dict[str, t.Any]:
        return self.call("deployment_info", **asked)["deployment"]

    def register(self, image: str) -> str:
        log = {"group": "/library/app", "prefix": "app"}
        container = {"name": "app", "image": image, "port": PORT, "log": log}
        made = self.call(
            "ecs_task_definition", name="library", cpu=256, memory=512, execution_role_arn=self.world.role, containers=[container], image_moves=True
        )
        return made["task_definition"]["arn"]

    def shift(self, shift: dict[str, t.Any], revision: str, settings: dict[str, t.Any]) -> None:
        if shift["settle"]:
            self.back(shift, shift["settle"])
        if not shift["colours"][shift["old"]]["revision"]:
            self.scale(shift["old"], 0, revision, settings)
        self.scale(shift["new"], shift["size"], revision, settings)
        gates = {key: settings[key] for key in ("min_healthy", "max_5xx", "max_latency", "percentile", "min_requests", "alarms") if settings[key] is not None}
        for step in shift["steps"]:
            watched = {"bake": step["seconds"], "interval": settings["look_seconds"], "fallback": shift["fallback"]}
            self.move(shift, step["weights"], **watched, **gates)

    def move(self, shift: dict[str, t.Any], weights: dict[str, int], **watched: t.Any) -> dict[str, t.Any]:
        return self.call("elbv2_listener_weights", name="library", forward_id=shift["forward_id"], weights=weights, **watched)

    def back(self, shift: dict[str, t.Any], weights: dict[str, int]) -> None:
        self.move(shift, weights, min_healthy=0, wait=False)

    def scale(self, colour: str, size: int, revision: str, settings: dict[str, t.Any]) -> None:
        self.call(
            "ecs_service",
            name=f"library-{colour}",
            cluster="library",
            task_definition=revision,
            desired_count=size,
            deploy=True,
            subnet_ids=self.world.subnets,
            security_group_ids=[self.world.group],
            load_balancer={"target_group_id": self.world.targets[colour], "container": "app", "port": PORT},
            wait_timeout=int(60 * settings["timeout_minutes"]),
        )

    def retire(self, shift: dict[str, t.Any], settings: dict[str, t.Any]) -> None:
        self.look(settings, watch_minutes=settings["retain_minutes"])
        old = self.look(settings)["colours"][shift["old"]]
        if not old["weight"]:
            self.scale(shift["old"], 0, f"library:{old['revision']}", settings)

    def rollback(self) -> None:
        found = self.look(deploy_settings({}, {}), purpose="rollback")
        self.back(found, found["steps"][0]["weights"])


class Requests:
    """One request each ``1 / rate`` seconds of virtual time: what each was answered, under which weight of green."""

    def __init__(self, world: World, rate: float):
        self.world, self.rate, self.due = world, rate, CLOCK.monotonic()
        self.green = world.weights()["green"]
        self.answers: list[tuple[int, str]] = []
        self.client = http.client.HTTPConnection(*world.cloud.traffic.address(world.balancer, 80), timeout=20)
        world.cloud.on_call(self._moved)

    def _moved(self, record: dict[str, t.Any], phase: str) -> None:
        if phase == "after" and record["operation"] == "ModifyListener" and record["status"] == 200:
            self.green = next(int(one["Weight"]) for one in _groups(record) if one["TargetGroupArn"] == self.world.targets["green"])

    def pass_time(self, seconds: float) -> None:
        """Let time go on by so many seconds, with their requests."""
        end = CLOCK.monotonic() + seconds
        while self.due <= end:
            CLOCK.advance(max(0.0, self.due - CLOCK.monotonic()))
            self.ask()
            self.due += 1 / self.rate
        CLOCK.advance(end - CLOCK.monotonic())

    def ask(self) -> None:
        self.client.request("GET", "/")
        answer = self.client.getresponse()
        answer.read()
        self.answers.append((self.green, answer.headers.get("Version", "") if answer.status == 200 else str(answer.status)))

    def statuses(self) -> Counter[str]:
        """How many failed, by status."""
        return Counter(answer for _green, answer in self.answers if answer.isdigit())


def _groups(record: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    return record["params"]["DefaultActions"][-1]["ForwardConfig"]["TargetGroups"]


def virtual_waiter(pause: t.Callable[[float], None]) -> t.Callable[..., Waiter]:
    """What stands in for the frame's waiter: it waits by the cloud's own clock."""
    return functools.partial(Waiter, clock=CLOCK.monotonic, epoch=CLOCK.now, pause=pause)
