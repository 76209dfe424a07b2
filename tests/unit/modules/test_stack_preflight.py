# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the account can give is asked before anything is made: use, quotas, types, and what nobody may read."""

from __future__ import annotations

import json
import sys
import typing as t

import boto3
import pytest
from localcloud import additions

REGION = "ap-northeast-2"
ZONES = [f"{REGION}a", f"{REGION}b"]
IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
Check = t.Callable[..., dict[str, t.Any]]


@pytest.fixture
def check(run, monkeypatch) -> Check:
    """Run the module with these demands; whatever it does, it writes nothing."""
    additions.load()
    monkeypatch.setattr(sys.modules[type(run).__module__], "WHO", {"stack": "shop"})  # it is of no component

    def checked(*quotas: dict[str, t.Any], fleets: tuple = (), **more: t.Any) -> dict[str, t.Any]:
        before = len(run.writes())
        result = run("stack_preflight", demands={"quotas": list(quotas), "fleets": list(fleets)}, **more)
        assert len(run.writes()) == before
        return result

    return checked


@pytest.fixture
def launch(aws) -> t.Callable[..., None]:
    """Let an instance run that somebody's stack has, or nobody's."""
    additions.load()
    image = boto3.client("ssm").get_parameter(Name=IMAGE)["Parameter"]["Value"]

    def launched(kind: str, stack: str = "", component: str = "", count: int = 1, **more: t.Any) -> None:
        tags = [{"Key": f"groundwork:{key}", "Value": value} for key, value in (("stack", stack), ("component", component)) if value]
        tagged = {"TagSpecifications": [{"ResourceType": "instance", "Tags": tags}]} if tags else {}
        aws.ec2.run_instances(ImageId=image, InstanceType=kind, MinCount=count, MaxCount=count, **tagged, **more)

    return launched


def want(quota: str, count: int = 1, component: str = "vpc", **more: t.Any) -> dict[str, t.Any]:
    return {"quota": quota, "component": component, "count": count, **more}


def fleet(component: str = "web", kind: str = "t3.micro", **more: t.Any) -> dict[str, t.Any]:
    return {"component": component, "type": kind, "min": 1, "desired": 2, "max": 2, "zones": ZONES, **more}


def stands(type_: str, key: str = "it", component: str = "vpc", name: str = "it") -> dict[str, str]:
    return {"component": component, "type": type_, "name": name, "key": key, "id": f"{type_}-{key}"}


def called(run, since: int = 0) -> set[str]:
    return {record["operation"] for record in run.cloud.records()[since:]}


def warnings(result: dict[str, t.Any]) -> list[str]:
    assert not result.get("failed"), result["msg"]
    # In a process that has loaded the controller's side too, ansible-core says each as text alone.
    return [one if isinstance(one, str) else one["event"]["msg"] for one in result["warnings"]]


def problems(result: dict[str, t.Any]) -> list[str]:
    assert result["failed"]
    return result["msg"].splitlines()[1:]


# -- counted quotas ----------------------------------------------------------------------------------------------


def an_address(aws) -> None:
    aws.ec2.allocate_address(Domain="vpc")


def a_gateway(aws) -> None:
    """A NAT gateway in the first zone, and what it needs."""
    vpc = aws.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = aws.ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24", AvailabilityZone=ZONES[0])["Subnet"]["SubnetId"]
    aws.ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")


def a_load_balancer(aws) -> None:
    vpc = aws.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    made = [aws.ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{place}.0/24", AvailabilityZone=zone) for place, zone in enumerate(ZONES)]
    subnets = [one["Subnet"]["SubnetId"] for one in made]
    aws.elbv2.create_load_balancer(Name="other", Subnets=subnets, Scheme="internal")
    aws.elbv2.create_load_balancer(Name="through", Subnets=subnets, Scheme="internal", Type="network")


def a_target_group(aws) -> None:
    aws.elbv2.create_target_group(Name="other", Protocol="HTTP", Port=80, VpcId=aws.ec2.describe_vpcs()["Vpcs"][0]["VpcId"])


def a_database(aws) -> None:
    size = {"DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20}
    user = {"MasterUsername": "admin", "MasterUserPassword": "correct-horse"}
    aws.rds.create_db_instance(DBInstanceIdentifier="other", Engine="mysql", **size, **user)


#: quota -> what somebody else makes of it, how many there are then, code in Service Quotas, zone.
COUNTED: dict[str, tuple[t.Callable[[t.Any], t.Any], int, str, str | None]] = {
    "vpcs": (lambda aws: aws.ec2.create_vpc(CidrBlock="10.9.0.0/16"), 2, "vpc, L-F678F1CE", None),  # beside the default one
    "internet_gateways": (lambda aws: aws.ec2.create_internet_gateway(), 1, "vpc, L-A4707A72", None),
    "addresses": (an_address, 1, "ec2, L-0263D0A3", None),
    "nat_gateways_per_zone": (a_gateway, 1, "vpc, L-FE5A380F", ZONES[0]),
    "load_balancers": (a_load_balancer, 1, "elasticloadbalancing, L-53DA6B97", None),
    "target_groups": (a_target_group, 1, "elasticloadbalancing, L-B22855CB", None),
    "db_instances": (a_database, 1, "rds, L-7B6409FD", None),
}


@pytest.mark.parametrize("quota", COUNTED)
def test_use_and_need_are_compared_with_the_quota(check: Check, run, aws, quota: str):
    make, used, code, zone = COUNTED[quota]
    make(aws)
    where = {"zone": zone} if zone else {}
    run.cloud.dials.quotas = {quota: used + 1}
    [compared] = check(want(quota, 1, **where))["checks"]
    assert (compared["value"], compared["use"], compared["need"], compared["zone"]) == (used + 1, used, 1, zone)
    assert f"{compared['service']}, {compared['code']}" == code
    found = problems(check(want(quota, 2, **where)))
    assert len(found) == 1
    assert f"the quota is {used + 1}, {used} are in use, and this run adds 2" in found[0]
    assert f"request an increase in Service Quotas ({code}), or use less" in found[0]


def test_another_zones_gateways_do_not_count(check: Check, run, aws):
    a_gateway(aws)
    run.cloud.dials.quotas = {"nat_gateways_per_zone": 1}
    assert check(want("nat_gateways_per_zone", zone=ZONES[1]))["checks"][0]["use"] == 0
    assert f"({ZONES[0]})" in problems(check(want("nat_gateways_per_zone", zone=ZONES[0]), want("nat_gateways_per_zone", zone=ZONES[1])))[0]


def test_what_components_add_is_added_up_and_all_is_told_at_once(check: Check, run):
    run.cloud.dials.quotas = {"vpcs": 2, "addresses": 1}
    found = problems(check(want("vpcs"), want("vpcs", component="far"), want("addresses", 2)))
    assert found == [
        "vpc: EC2-VPC Elastic IPs: the quota is 1, 0 are in use, and this run adds 2: request an increase in Service Quotas (ec2, L-0263D0A3), or use less",
        "far, vpc: VPCs per Region: the quota is 2, 1 are in use, and this run adds 2: request an increase in Service Quotas (vpc, L-F678F1CE), or use less",
    ]


def test_what_stands_is_not_added_and_nobody_is_asked(check: Check, run):
    run.cloud.dials.quotas = {"vpcs": 0, "nat_gateways_per_zone": 0}
    since = len(run.cloud.records())
    standing = [stands("ec2_vpc"), stands("ec2_nat_gateway", key="a")]
    assert check(want("vpcs"), want("nat_gateways_per_zone", zone=ZONES[0]), standing=standing)["checks"] == []
    assert called(run, since) == set()
    assert len(problems(check(want("nat_gateways_per_zone", zone=ZONES[1]), standing=standing))) == 1
    assert len(problems(check(want("vpcs", component="far"), standing=standing))) == 1


def test_a_stack_that_wants_nothing_asks_nothing(run, monkeypatch):
    monkeypatch.setattr(sys.modules[type(run).__module__], "WHO", {"stack": "shop"})
    assert run.ok("stack_preflight", demands={})["checks"] == []
    assert run.cloud.records() == []


def test_only_what_is_wanted_is_read(check: Check, run):
    since = len(run.cloud.records())
    check(want("addresses"))
    assert called(run, since) == {"GetServiceQuota", "DescribeAddresses"}


def test_components_that_take_no_part_add_nothing(check: Check, run):
    run.cloud.dials.quotas = {"vpcs": 2}
    assert check(want("vpcs"), want("vpcs", component="far"), components=["far"])["checks"][0]["components"] == ["far"]


def test_what_may_be_adopted_is_a_warning(check: Check, run):
    run.cloud.dials.quotas = {"vpcs": 1}
    assert "may stand already, and be adopted" in warnings(check(want("vpcs"), adopt=True))[0]


def test_check_mode_checks_too(check: Check, run):
    run.cloud.dials.quotas = {"vpcs": 0}
    assert problems(check(want("vpcs"), check=True))


# -- quotas that each thing has to itself ------------------------------------------------------------------------


OWN = {"rules_per_group": 60, "groups_per_interface": 5, "rules_per_load_balancer": 100}


@pytest.mark.parametrize("quota", OWN)
def test_a_thing_that_keeps_to_the_default_is_not_asked_for(check: Check, run, quota: str):
    since, most = len(run.cloud.records()), OWN[quota]
    assert check(want(quota, most, of="it"))["checks"] == []
    assert called(run, since) == set()
    [problem] = problems(check(want(quota, most + 1, of="group shop-web")))
    assert f"the quota is {most}, and group shop-web wants {most + 1}" in problem
    run.cloud.dials.quotas = {quota: most + 1}
    assert check(want(quota, most + 1, of="it"))["checks"][0]["value"] == most + 1


def test_a_deploy_of_containers_is_held_to_fargates_vcpus(check: Check, run):
    run.cloud.dials.quotas = {"fargate_vcpus": 6}
    assert check(want("fargate_vcpus", 6, of="a deploy of app"))["checks"] == []
    [problem] = problems(check(want("fargate_vcpus", 8, of="a deploy of app")))
    assert "Fargate On-Demand vCPU resource count: the quota is 6, and a deploy of app wants 8" in problem
    assert "request an increase in Service Quotas (fargate, L-3032A538)" in problem


# -- fleets ------------------------------------------------------------------------------------------------------


def test_vcpus_of_all_that_runs_count_by_class(check: Check, run, launch):
    launch("m5.large")
    launch("g4dn.xlarge")
    run.cloud.dials.quotas = {"vcpus": 6, "gpu_vcpus": 4}
    [compared] = check(fleets=(fleet(),))["checks"]
    assert (compared["code"], compared["value"], compared["use"], compared["need"]) == ("L-1216C47A", 6, 2, 4)
    found = problems(check(fleets=(fleet(), fleet("job", max=4, desired=1), fleet("brain", "g4dn.xlarge", desired=1))))
    assert [one.partition(":")[0] for one in found] == ["brain", "job, web"]
    assert "brain: Running On-Demand G and VT instances: the quota is 4 vCPUs, 4 are in use, and this run adds 4" in found[0]
    assert "the quota is 6 vCPUs, 2 are in use, and this run adds 6" in found[1]


def test_hosts_of_its_own_are_not_added_again(check: Check, run, launch):
    launch("t3.micro", "shop", "web", count=2)
    launch("t3.micro", "shop", "job")
    launch("t3.micro", "other", "web")
    run.cloud.dials.quotas = {"vcpus": 8}
    assert check(fleets=(fleet(), fleet("job", desired=1, max=1)))["checks"] == []
    assert "8 are in use, and this run adds 2" in problems(check(fleets=(fleet(desired=3, max=3),)))[0]


def test_spot_and_what_has_gone_do_not_count(check: Check, aws, launch):
    launch("t3.micro", InstanceMarketOptions={"MarketType": "spot"})
    launch("t3.micro")
    ids = [one["InstanceId"] for group in aws.ec2.describe_instances()["Reservations"] for one in group["Instances"] if "InstanceLifecycle" not in one]
    aws.ec2.terminate_instances(InstanceIds=ids)
    assert check(fleets=(fleet(),))["checks"][0]["use"] == 0


def test_a_fleet_that_stands_wants_what_scaling_made_of_it(check: Check, run, aws):
    """As it was scaled, not as it is declared: that counts for the start alone."""
    aws.ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"ImageId": "ami-12345678", "InstanceType": "t3.micro"})
    run.cloud.dials.quotas = {"vcpus": 0}
    aws.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="shop-web", MinSize=1, MaxSize=6, DesiredCapacity=3, LaunchTemplate={"LaunchTemplateName": "web"}, AvailabilityZones=ZONES
    )
    standing = [stands("autoscaling_group", component="web", name="shop-web")]
    assert "adds 6" in problems(check(fleets=(fleet(max=4),), standing=standing))[0]
    assert "adds 4" in problems(check(fleets=(fleet(),), standing=standing))[0]
    assert "adds 10" in problems(check(fleets=(fleet(min=5, desired=5, max=5),), standing=standing))[0]


def test_a_most_that_is_too_much_is_a_warning(check: Check, run):
    run.cloud.dials.quotas = {"vcpus": 5}
    found = check(fleets=(fleet(max=3),))
    assert found["checks"][0]["need"] == 4
    [warning] = warnings(found)
    assert "scaled out to the most they take 6 more" in warning
    assert "(ec2, L-1216C47A), or lower max" in warning


def test_a_class_that_service_quotas_does_not_tell_is_a_warning(check: Check):
    found = check(fleets=(fleet(kind="x1.16xlarge", zones=ZONES[:1], max=2),))
    assert any("Running On-Demand X instances" in one and "servicequotas:GetServiceQuota" in one for one in warnings(found))


def test_a_type_of_dedicated_hosts_has_no_vcpus_to_check(check: Check):
    found = check(fleets=(fleet(kind="mac1.metal", zones=ZONES[:1]),))
    assert found["checks"] == []
    assert "web: mac1.metal runs on dedicated hosts, whose quotas were not checked" in warnings(found)


# -- types -------------------------------------------------------------------------------------------------------


def test_a_type_that_a_zone_does_not_offer_is_refused_with_another(check: Check):
    found = problems(check(fleets=(fleet("spring", "t2.micro"), fleet("node"))))
    assert found == [
        "spring: t2.micro is not offered in ap-northeast-2b (offered in a, c): choose another type (t3.micro is offered in all)",
    ]


def test_another_type_is_of_the_same_class_and_architecture(check: Check):
    """By its name alone the first would be r8g.48xlarge, without a GPU, and the second g5.xlarge, which is no Arm machine."""
    found = problems(check(fleets=(fleet("brain", "g5.48xlarge"), fleet("arm", "g5g.xlarge"))))
    assert found[0].endswith(": choose another type (g7e.48xlarge is offered in all)")
    assert found[1].startswith("arm: g5g.xlarge is not offered in")
    assert found[1].endswith(": choose another type")


def test_a_type_that_there_is_not_is_told_with_the_nearest(check: Check):
    assert problems(check(fleets=(fleet(kind="t3.mirco"),))) == [f"web: there is no t3.mirco in {REGION}: the nearest is t3.micro, write that or another"]


def test_no_fleet_and_no_instance_is_asked_for(check: Check, run):
    since = len(run.cloud.records())
    check(want("vpcs"))
    assert not {"DescribeInstances", "DescribeInstanceTypeOfferings"} & called(run, since)


# -- what nobody may read ----------------------------------------------------------------------------------------


def as_somebody(run, aws, monkeypatch, *actions: str) -> None:
    """From here on as a user who may do just this."""
    aws.iam.create_user(UserName="reader")
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
    aws.iam.put_user_policy(UserName="reader", PolicyName="p", PolicyDocument=json.dumps(document))
    key = aws.iam.create_access_key(UserName="reader")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    run.cloud.dials.enforce_iam = True


def test_quotas_that_may_not_be_read_are_one_warning_that_names_the_action(check: Check, run, aws, monkeypatch):
    as_somebody(run, aws, monkeypatch, "ec2:*")
    found = check(want("vpcs", 99), want("addresses"), want("rules_per_group", 70, of="group shop-web"))
    assert found["checks"] == []
    [warning] = warnings(found)
    assert "these credentials may not servicequotas:GetServiceQuota: add that action to their policy" in warning
    assert all(name in warning for name in ("VPCs per Region for vpc", "EC2-VPC Elastic IPs for vpc", "group shop-web wants 70, and AWS's default is 60"))


def test_each_denied_reading_is_named(check: Check, run, aws, monkeypatch):
    as_somebody(run, aws, monkeypatch, "service-quotas:*", "servicequotas:*")
    found = check(want("vpcs"), want("load_balancers"), want("db_instances"), fleets=(fleet(),))
    told = "\n".join(warnings(found))
    actions = ("ec2:DescribeVpcs", "elasticloadbalancing:DescribeLoadBalancers", "rds:DescribeDBInstances", "ec2:DescribeInstanceTypeOfferings")
    assert [action for action in actions if action not in told] == []


def test_credentials_that_are_none_fail(check: Check, run, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIANOBODYHASTHISONE")
    run.cloud.dials.enforce_iam = True
    found = check(want("vpcs"))
    assert found["failed"]
    assert "renew the credentials" in found["msg"]
