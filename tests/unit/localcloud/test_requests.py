# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What holds for every request: the model, client tokens, the record, the faults."""
from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from localcloud import LocalCloud

from .conftest import client_of
from .network import Network

VPC = {"CidrBlock": "10.0.0.0/16"}


def _own_vpcs(ec2: Any) -> list[str]:
    own = [{"Name": "is-default", "Values": ["false"]}]
    return [vpc["VpcId"] for vpc in ec2.describe_vpcs(Filters=own)["Vpcs"]]


def _code(refused: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    response = refused.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


# --- the model


@pytest.mark.parametrize(
    ("operation", "params", "code"),
    [
        ("create_subnet", {"CidrBlock": "10.0.0.0/24"}, "MissingParameter"),
        ("create_vpc", {"CidrBlock": "10.0.0.0/16", "InstanceTenancy": "mine"}, "InvalidParameterValue"),
        ("describe_vpcs", {"MaxResults": 1}, "InvalidParameterValue"),
        ("describe_vpcs", {"MaxResults": "many"}, "InvalidParameterValue"),
    ],
)
def test_what_does_not_fit_the_model_is_refused(raw_ec2: Any, operation: str, params: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(raw_ec2, operation)(**params)
    assert _code(refused) == (code, 400)


def test_an_unknown_parameter_is_refused(cloud: LocalCloud, ec2: Any) -> None:
    def smuggle(params: dict[str, Any], **_: Any) -> None:
        params["body"]["CidrBlok"] = "10.0.0.0/16"

    ec2.meta.events.register("before-call.ec2.CreateVpc", smuggle)
    with pytest.raises(ClientError) as refused:
        ec2.create_vpc(**VPC)
    ec2.meta.events.unregister("before-call.ec2.CreateVpc", smuggle)
    assert _code(refused) == ("UnknownParameter", 400)


def test_another_services_model_is_kept_in_its_own_words(cloud: LocalCloud) -> None:
    dynamodb = client_of(cloud.endpoint, "dynamodb", parameter_validation=False)
    with pytest.raises(ClientError) as refused:
        dynamodb.create_table(TableName="locks", BillingMode="GRATIS")
    assert _code(refused) == ("ValidationException", 400)


def test_an_operation_that_the_cloud_lacks_says_so(ec2: Any) -> None:
    with pytest.raises(ClientError, match="local cloud has no DescribeCapacityBlocks") as refused:
        ec2.describe_capacity_blocks()
    assert _code(refused) == ("UnsupportedOperation", 501)


# --- client tokens


def test_the_same_token_answers_the_same_and_makes_one(ec2: Any) -> None:
    subnet = Network(ec2).subnet
    asked = {"SubnetId": subnet, "ConnectivityType": "private", "ClientToken": "once"}
    ids = {ec2.create_nat_gateway(**asked)["NatGateway"]["NatGatewayId"] for _time in range(3)}
    assert len(ids) == len(ec2.describe_nat_gateways()["NatGateways"]) == 1


def test_the_same_token_for_something_else_is_refused(ec2: Any) -> None:
    net = Network(ec2)
    asked = {"ConnectivityType": "private", "ClientToken": "once"}
    ec2.create_nat_gateway(SubnetId=net.subnet, **asked)
    with pytest.raises(ClientError) as refused:
        ec2.create_nat_gateway(SubnetId=net.neighbour, **asked)
    assert _code(refused) == ("IdempotentParameterMismatch", 400)


# --- the record


def test_each_request_is_recorded_in_order(cloud: LocalCloud, ec2: Any) -> None:
    vpc = ec2.create_vpc(**VPC)["Vpc"]["VpcId"]
    ec2.describe_vpcs(VpcIds=[vpc])
    with pytest.raises(ClientError):
        ec2.delete_vpc(VpcId="vpc-0123456789abcdef0")
    with pytest.raises(ClientError):
        ec2.create_vpc(**VPC, DryRun=True)
    keys = ("n", "operation", "mutating", "resource", "status", "error_code", "created")
    assert [tuple(record[key] for key in keys) for record in cloud.records()] == [
        (1, "CreateVpc", True, [], 200, None, [vpc]),
        (2, "DescribeVpcs", False, [vpc], 200, None, []),
        (3, "DeleteVpc", True, ["vpc-0123456789abcdef0"], 400, "InvalidVpcID.NotFound", []),
        (4, "CreateVpc", False, [], 412, "DryRunOperation", []),
    ]
    assert cloud.records()[0]["params"] == VPC


def test_every_protocol_is_recorded_and_secrets_are_not(cloud: LocalCloud) -> None:
    def client(service: str) -> Any:
        return client_of(cloud.endpoint, service)

    client("s3").list_buckets()
    client("lambda").list_functions()
    client("elbv2").describe_load_balancers()
    client("sts").get_caller_identity()
    client("secretsmanager").create_secret(Name="s", SecretString="hush")
    client("rds").describe_db_instances()
    seen = [(record["service"], record["operation"], record["mutating"]) for record in cloud.records()]
    assert seen == [
        ("s3", "ListBuckets", False),
        ("lambda", "ListFunctions", False),
        ("elbv2", "DescribeLoadBalancers", False),
        ("sts", "GetCallerIdentity", False),
        ("secretsmanager", "CreateSecret", True),
        ("rds", "DescribeDBInstances", False),
    ]
    assert "hush" not in str(cloud.records())


def test_a_reset_leaves_nothing(cloud: LocalCloud, ec2: Any) -> None:
    ec2.create_vpc(**VPC)
    cloud.dials.latency_ms = 1
    cloud.reset()
    assert (cloud.records(), cloud.dials.latency_ms) == ([], 0)
    assert _own_vpcs(ec2) == []


def test_a_hook_sees_a_call_before_and_after_it_was_committed(cloud: LocalCloud, ec2: Any) -> None:
    seen: list[tuple[str, int]] = []

    def look(record: dict[str, Any], phase: str) -> None:
        if record["operation"] == "CreateVpc":
            seen.append((phase, len(_own_vpcs(ec2_of_hook))))

    ec2_of_hook = client_of(cloud.endpoint, "ec2")
    cloud.on_call(look)
    ec2.create_vpc(**VPC)
    assert seen == [("before", 0), ("after", 1)]


# --- the dials


def test_latency_is_added_to_each_request(cloud: LocalCloud, ec2: Any) -> None:
    ec2.describe_vpcs()
    cloud.dials.latency_ms = 150
    before = time.monotonic()
    ec2.describe_vpcs()
    assert time.monotonic() - before >= 0.15


def test_a_lost_reply_was_committed(cloud: LocalCloud, ec2: Any) -> None:
    cloud.dials.faults = [{"kind": "lose_reply", "operation": "CreateVpc", "nth": 2}]
    ec2.create_vpc(**VPC)
    with pytest.raises(ConnectionClosedError):
        ec2.create_vpc(**VPC)
    ec2.create_vpc(**VPC)
    assert len(_own_vpcs(ec2)) == 3


def test_a_lost_reply_is_answered_again_to_the_same_token(cloud: LocalCloud) -> None:
    ec2 = client_of(cloud.endpoint, "ec2", retries={"total_max_attempts": 2})
    subnet = Network(ec2).subnet
    cloud.dials.faults = [{"kind": "lose_reply", "operation": "CreateNatGateway"}]
    made = ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")["NatGateway"]["NatGatewayId"]
    assert [gateway["NatGatewayId"] for gateway in ec2.describe_nat_gateways()["NatGateways"]] == [made]
    assert [r["operation"] for r in cloud.records()].count("CreateNatGateway") == 2


def _throttled(cloud: LocalCloud, ec2: Any) -> list[bool]:
    cloud.dials.faults = [{"kind": "throttle", "share": 0.3, "seed": 7}]
    refusals = []
    for _time in range(20):
        try:
            ec2.create_internet_gateway()
        except ClientError as error:
            refusals.append(error.response["Error"]["Code"] == "RequestLimitExceeded")
        else:
            refusals.append(False)
    return refusals


def test_a_share_is_throttled_alike_for_the_same_seed_and_not_committed(cloud: LocalCloud, ec2: Any) -> None:
    cloud.dials.quotas = {"internet_gateways": 100}
    first = _throttled(cloud, ec2)
    assert 2 <= sum(first) <= 10
    assert _throttled(cloud, ec2) == first
    cloud.dials.faults = []
    assert len(ec2.describe_internet_gateways()["InternetGateways"]) == 40 - 2 * sum(first)


@pytest.mark.parametrize(
    ("service", "operation", "code", "status"),
    [
        ("ec2", "describe_vpcs", "RequestLimitExceeded", 503),
        ("dynamodb", "list_tables", "ThrottlingException", 400),
        ("elbv2", "describe_load_balancers", "Throttling", 400),
        ("lambda", "list_functions", "TooManyRequestsException", 429),
        ("s3", "list_buckets", "SlowDown", 503),
    ],
)
def test_each_service_throttles_in_its_own_words(cloud: LocalCloud, service: str, operation: str, code: str, status: int) -> None:
    cloud.dials.faults = [{"kind": "throttle", "share": 1}]
    with pytest.raises(ClientError) as refused:
        getattr(client_of(cloud.endpoint, service), operation)()
    assert _code(refused) == (code, status)


def test_what_was_just_created_is_not_found_for_a_while(cloud: LocalCloud, ec2: Any) -> None:
    cloud.dials.faults = [{"kind": "not_found_after_create", "seconds": 0.5}]
    vpc = ec2.create_vpc(**VPC)["Vpc"]["VpcId"]
    for call in (
        lambda: ec2.describe_vpcs(VpcIds=[vpc]),
        lambda: ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24"),
        lambda: ec2.create_tags(Resources=[vpc], Tags=[{"Key": "k", "Value": "v"}]),
    ):
        with pytest.raises(ClientError) as refused:
            call()
        assert _code(refused) == ("InvalidVpcID.NotFound", 400)
    assert _own_vpcs(ec2) == []
    assert ec2.describe_vpcs(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Vpcs"] == []
    assert len(ec2.describe_vpcs()["Vpcs"]) == 1, "the default one is not hidden"
    time.sleep(0.5)
    assert _own_vpcs(ec2) == [vpc]


@pytest.mark.parametrize(
    "values",
    [
        {"latency": 1},
        {"latency_ms": -1},
        {"settle": "2"},
        {"quotas": {"vpc": 1}},
        {"faults": [{"kind": "flood"}]},
        {"faults": [{"kind": "throttle"}]},
        {"faults": [{"kind": "lose_reply", "nht": 1}]},
    ],
)
def test_a_dial_that_there_is_not_is_refused(cloud: LocalCloud, values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        cloud.dials.turn(values)


def test_it_listens_on_loopback_only() -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1 only"):
        LocalCloud(host="0.0.0.0")


def test_a_process_has_one_cloud(cloud: LocalCloud) -> None:
    with pytest.raises(RuntimeError, match="one local cloud a process"):
        LocalCloud().start()
