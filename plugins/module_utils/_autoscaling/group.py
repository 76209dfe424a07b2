# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An Auto Scaling group: a fleet of one launch template. https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html"""

from __future__ import annotations

import typing as t

from .._aws import Aws
from .._aws import AwsFailure
from .._aws import PROPAGATION
from .._aws import tag_dict
from .._core.identity import kept_tags
from .._core.identity import OURS
from .._core.identity import STACK
from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.resource import NamedResource
from .._core.resource import Raw
from .._core.resource import Tags
from .settings import FIELDS
from .settings import marked
from .settings import METRICS
from .settings import percentages
from .settings import pinned
from .settings import spec_of
from .settings import version_of

#: A change of these may launch instances.
LAUNCHING = ("launch_template_id", "launch_template_version", "desired_capacity")
#: Others will let go of the group: another update, a refresh, an activity.
BUSY = ("ResourceContention", "ScalingActivityInProgress", "InstanceRefreshInProgress")
#: Roles and profiles that were just made are not known everywhere at once.
LAGGING = (("ValidationError", "Invalid IAM Instance Profile"), ("ServiceLinkedRoleFailure", ""))
#: The same, where it shows in an activity: EC2 Auto Scaling tries again by itself.
LAGGING_ACTIVITIES = ("Invalid IAM Instance Profile", "Authentication Failure")


def read_refreshes(aws: Aws, name: str, **which: t.Any) -> list[Raw]:
    """What AWS says of a group's instance refreshes, newest first."""
    found = aws.read("autoscaling", "describe_instance_refreshes", "InstanceRefreshes", AutoScalingGroupName=name, **which)
    return sorted(found, key=lambda one: str(one.get("StartTime", "9")), reverse=True)


class AutoScalingGroup(NamedResource):
    TYPE, NAME, ID = "autoscaling_group", "AutoScalingGroupName", "AutoScalingGroupName"
    STATE, GONE = "Status", ("Delete in progress",)
    MANAGED = (*FIELDS, "launch_template_id", "launch_template_version", "subnet_ids", "target_group_ids", "health_check")
    MANAGED += ("metrics", "instance_tags", "instance_maintenance_policy")

    def __init__(self, aws: Aws, params: dict[str, t.Any]):
        super().__init__(aws, params)
        self.is_proven = False  # healthy behind its load balancer
        self.known_failures: set[str] = set()  # activities that had failed when this run's change was made

    # -- reading -----------------------------------------------------------------------------------------------

    def read(self) -> Raw | None:
        found = self.aws.read("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", AutoScalingGroupNames=[self.identity.name])
        return next(iter(found), None)

    @classmethod
    def listed(cls, aws: Aws, stack: str) -> t.Iterable[tuple[Raw, Tags]]:
        filters = [{"Name": f"tag:{STACK}", "Values": [stack]}]
        found = aws.read("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", Filters=filters)
        return [(raw, tag_dict(raw.get("Tags", []))) for raw in found]

    def describe(self) -> Shape | None:
        shape = super().describe()
        is_asked = shape and self.params.get("health_check") == "auto" and shape["health_check"] == "ec2"
        self.is_proven = bool(is_asked) and self._is_healthy()
        return shape

    def ask_ahead(self) -> None:
        shape = self.describe()
        if shape and shape["health_check"] == "ec2":
            self._is_healthy()
        if shape:
            read_refreshes(self.aws, self.identity.name)

    def tags_of(self, raw: Raw) -> Tags:
        return tag_dict(raw.get("Tags", []))

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        template, policy = raw.get("LaunchTemplate", {}), raw.get("InstanceMaintenancePolicy", {})
        metrics = {one["Metric"] for one in raw.get("EnabledMetrics", [])}
        launched = {one["Key"]: one["Value"] for one in raw.get("Tags", []) if one["PropagateAtLaunch"] and not one["Key"].startswith(OURS)}
        return {
            **{key: raw.get(field) for key, field in FIELDS.items()},
            "launch_template_id": template.get("LaunchTemplateId"),
            "launch_template_version": version_of(template),
            "subnet_ids": sorted(filter(None, raw.get("VPCZoneIdentifier", "").split(","))),
            "target_group_ids": sorted(raw.get("TargetGroupARNs", [])),
            "health_check": "elb" if "ELB" in raw["HealthCheckType"] else "ec2",
            # Some of them are not what is wanted, whether all are or none.
            "metrics": metrics >= METRICS if self.params.get("metrics") else bool(metrics),
            "instance_tags": kept_tags(launched, self.instance_tags, self.params.get("purge_tags", False)),
            "instance_maintenance_policy": percentages(policy.get("MinHealthyPercentage"), policy.get("MaxHealthyPercentage")),
        }

    def shape(self, raw: Raw) -> Shape:
        # Those that its instances get too are another key of the shape.
        own = {one["Key"]: one["Value"] for one in raw.get("Tags", []) if not one["PropagateAtLaunch"]}
        return {**self.to_shape(raw), "tags": kept_tags(own, self.wanted_tags, self.params.get("purge_tags", False))}

    def _instances(self, raw: Raw, *states: str) -> list[Raw]:
        return [one for one in raw.get("Instances", []) if one["LifecycleState"].startswith(states)]

    def _is_healthy(self) -> bool:
        """Whether each of its target groups calls as many of its instances healthy as it wants."""
        ours = {one["InstanceId"] for one in self._instances(self.raw, "InService")}
        wanted, arns = self.raw["DesiredCapacity"], self.raw.get("TargetGroupARNs", [])
        return wanted > 0 and bool(arns) and all(len(self._healthy_targets(arn) & ours) >= wanted for arn in arns)

    def _healthy_targets(self, arn: str) -> set[str]:
        found = self.aws.find("elbv2", "describe_target_health", "TargetHealthDescriptions", "TargetGroupNotFound", TargetGroupArn=arn)
        return {one["Target"]["Id"] for one in found or [] if one["TargetHealth"]["State"] == "healthy"}

    # -- what is wanted ----------------------------------------------------------------------------------------

    @property
    def instance_tags(self) -> dict[str, str]:
        return {key: str(value) for key, value in (self.params.get("instance_tags") or {}).items()}

    @property
    def wanted_tags(self) -> dict[str, str]:
        # A group has one tag of a key: those of its instances stand for both.
        return {key: value for key, value in super().wanted_tags.items() if key not in self.instance_tags}

    def desired(self, before: Shape | None) -> Shape:
        wanted = super().desired(before)
        if ours := [key for key in self.instance_tags if key.startswith(OURS)]:
            raise Refusal(f"instance_tags cannot hold {', '.join(ours)}: they say whose the group is; the launch template tags the instances")
        policy = wanted["instance_maintenance_policy"]
        return {
            **wanted,
            "launch_template_version": self._wanted_version(before),
            "desired_capacity": self._wanted_capacity(before),
            "health_check": self._wanted_health(before),
            "subnet_ids": sorted(wanted["subnet_ids"]),
            "target_group_ids": None if wanted["target_group_ids"] is None else sorted(wanted["target_group_ids"]),
            "instance_tags": None if wanted["instance_tags"] is None else self.instance_tags,
            "instance_maintenance_policy": policy and percentages(policy["min_healthy_percentage"], policy["max_healthy_percentage"]),
        }

    def _wanted_version(self, before: Shape | None) -> int | str:
        """A fleet that runs keeps its version: a refresh moves it to another one, and can roll it back only to what the group still says.

        https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-rollback.html
        """
        wanted = pinned(self.params["launch_template_version"])
        runs = before and before["launch_template_id"] == self.params["launch_template_id"] and self._instances(self.raw, "Pending", "InService")
        return before["launch_template_version"] if runs and isinstance(before["launch_template_version"], int) else wanted

    def _wanted_capacity(self, before: Shape | None) -> int | None:
        """Ours to say once; later it is the policies', and moves only as far as AWS itself moves it when the bounds change."""
        given, least, most = (self.params[key] for key in ("desired_capacity", "min_size", "max_size"))
        if least > most or given is not None and not least <= given <= most:
            raise Refusal(f"desired_capacity ({given}) must lie between min_size ({least}) and max_size ({most})")
        return given if before is None else min(max(before["desired_capacity"], least), most)

    def _wanted_health(self, before: Shape | None) -> str | None:
        """With auto, ELB's word counts once the fleet was healthy behind its load balancer.

        Before that it would replace, for ever, instances to which no application has been deployed.
        """
        given = self.params["health_check"]
        if given != "auto":
            return given
        targets = self.params["target_group_ids"]
        behind = before and (before["target_group_ids"] if targets is None else targets)
        return "elb" if behind and (before["health_check"] == "elb" or self.is_proven) else "ec2"

    # -- writing -----------------------------------------------------------------------------------------------

    def create(self, after: Shape) -> None:
        if self.read():  # a group of the same name that is being deleted: find() saw it, and let it be
            self.wait_until_gone()
        self._write(
            "create_auto_scaling_group",
            TargetGroupARNs=after.get("target_group_ids", []),
            Tags=self._tag_list(marked(after)),
            settled=("AlreadyExists",),
            **spec_of(after, after),
        )

    def update(self, plan: Plan) -> None:
        # AWS moves the capacity by itself when its bounds change; sent along, it might undo what a policy did since.
        spec = spec_of(plan.after, set(plan.keys) - {"desired_capacity"})
        if spec:
            self._write("update_auto_scaling_group", **spec)
            # AWS itself may have tried the old settings right until now. What the new ones come to it tries again.
            self.known_failures = {one["ActivityId"] for one in self.launch_failures()}
        if "target_group_ids" in plan.keys:
            self._attach(set(plan.before["target_group_ids"]), set(plan.after["target_group_ids"]))
        if "metrics" in plan.keys and plan.after["metrics"]:
            self._write("enable_metrics_collection", Granularity="1Minute")
        elif "metrics" in plan.keys:
            self._write("disable_metrics_collection")

    def _attach(self, before: set[str], after: set[str]) -> None:
        calls = (("attach_load_balancer_target_groups", after - before), ("detach_load_balancer_target_groups", before - after))
        for operation, arns in calls:
            if arns:
                self._write(operation, TargetGroupARNs=sorted(arns))

    def _write(self, operation: str, **params: t.Any) -> None:
        self.aws.call("autoscaling", operation, AutoScalingGroupName=self.identity.name, busy=BUSY, lagging=LAGGING, **params)

    def _retag(self, plan: Plan) -> None:
        before, after = marked(plan.before), marked(plan.after)
        gone = {key: mark for key, mark in before.items() if key not in after}
        new = {key: mark for key, mark in after.items() if before.get(key) != mark}
        for operation, tags in (("delete_tags", gone), ("create_or_update_tags", new)):
            if tags:
                self.aws.call("autoscaling", operation, Tags=self._tag_list(tags), busy=BUSY)

    def _tag_list(self, marked: dict[str, tuple[str, bool]]) -> list[dict[str, t.Any]]:
        where = {"ResourceId": self.identity.name, "ResourceType": "auto-scaling-group"}
        return [{**where, "Key": key, "Value": value, "PropagateAtLaunch": launch} for key, (value, launch) in marked.items()]

    def delete(self) -> None:
        """By force: neither scale-in protection, nor a hook that waits, nor a suspended process holds it up."""
        try:
            self._write("delete_auto_scaling_group", ForceDelete=True)
        except AwsFailure as error:
            if "not found" not in str(error.exception):
                raise

    # -- waiting -----------------------------------------------------------------------------------------------

    def wait(self, plan: Plan) -> None:
        if plan.after is None:
            self.wait_until_gone()
            return
        if plan.before and "target_group_ids" in plan.keys:
            self._wait_for_target_groups()
        if self.params["wait_for_instances"] and set(LAUNCHING) & set(plan.keys):
            self._wait_for_instances()

    def wait_until_gone(self) -> None:
        """Until AWS lists it no more: as long as its instances go, their groups and subnets are in use, and the name is taken."""

        def look() -> tuple[bool, str]:
            self.aws.forget()
            raw = self.read()
            return raw is None, f"there, with {len((raw or {}).get('Instances', []))} instances"

        self.aws.waiter.until(look, f"autoscaling group {self.identity.name} to be gone", self.aws.timeout)

    def _wait_for_target_groups(self) -> None:
        def look() -> tuple[bool, str]:
            self.aws.forget()
            name = self.identity.name
            found = self.aws.read("autoscaling", "describe_load_balancer_target_groups", "LoadBalancerTargetGroups", AutoScalingGroupName=name)
            moving = sorted({one["State"].lower() for one in found} & {"adding", "removing"})
            return not moving, " and ".join(moving)

        self.aws.waiter.until(look, f"the target groups of {self.identity.name} to be attached and detached", self.aws.timeout)

    def _wait_for_instances(self) -> None:
        """Until as many are in service as are wanted; fail with EC2's own reason as soon as a launch does."""
        start = self.aws.waiter.clock()

        def look() -> tuple[bool, str]:
            self.aws.forget()
            raw = self.read() or {}
            wanted, ready = raw.get("DesiredCapacity", 0), len(self._instances(raw, "InService"))
            done = ready >= wanted or any(one["ProcessName"] == "Launch" for one in raw.get("SuspendedProcesses", []))
            if not done:
                self._fail_with_the_launch(is_fresh=self.aws.waiter.clock() - start < PROPAGATION)
            return done, f"at {ready} of {wanted}"

        self.aws.waiter.until(look, f"the instances of {self.identity.name} to be in service", self.aws.timeout)

    def _fail_with_the_launch(self, *, is_fresh: bool) -> None:
        for one in self.launch_failures():
            message = one.get("StatusMessage", one["StatusCode"])
            passes = is_fresh and any(part in message for part in LAGGING_ACTIVITIES)
            if one["ActivityId"] not in self.known_failures and not passes:
                advice = "mend what it says and run again; EC2 Auto Scaling goes on trying meanwhile"
                raise AwsFailure(f"{self.identity.name} cannot launch its instances: {message} ({advice})")

    def launch_failures(self) -> list[Raw]:
        """The scaling activities that failed, newest first."""
        found = self.aws.read("autoscaling", "describe_scaling_activities", "Activities", AutoScalingGroupName=self.identity.name)
        return [one for one in found if one["StatusCode"] in ("Failed", "Cancelled")]

    # -- what others want to know ------------------------------------------------------------------------------

    @property
    def is_protected(self) -> bool:
        return self.raw.get("DeletionProtection", "none") != "none"

    def facts(self) -> dict[str, t.Any]:
        instances = [
            {
                "id": one["InstanceId"],
                "availability_zone": one["AvailabilityZone"],
                "state": one["LifecycleState"],
                "health": one["HealthStatus"].lower(),
                "launch_template_version": version_of(one.get("LaunchTemplate", {})),
            }
            for one in self.raw.get("Instances", [])
        ]
        suspended = sorted(one["ProcessName"] for one in self.raw.get("SuspendedProcesses", []))
        return {"arn": self.raw.get("AutoScalingGroupARN"), "instances": instances, "suspended_processes": suspended}
