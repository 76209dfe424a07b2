# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A load balancer that serves, the programs behind it, and a client of both."""
from __future__ import annotations

import functools
import http.client
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import boto3
from botocore.config import Config
from localcloud import LocalCloud
from localcloud.clock import CLOCK

REGION = "eu-west-1"
PORT = 8081
#: The first lines of a request.
HEAD = b"GET / HTTP/1.1\r\nHost: a\r\n"
Talk = Callable[[socket.socket], None]
ZONES = "eu-west-1a", "eu-west-1b"
#: What a health check is told, unless a test says otherwise: seconds, and checks in a row.
CHECKS = {"HealthCheckPath": "/health", "HealthCheckIntervalSeconds": 10, "HealthCheckTimeoutSeconds": 2, "HealthyThresholdCount": 3}


class Door:
    """A load balancer with one HTTP listener on port 80, which answers 404 until a test gives it something to do."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.ec2, self.elbv2, self.cloudwatch = (_client(cloud.endpoint, name) for name in ("ec2", "elbv2", "cloudwatch"))
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
            for number, zone in enumerate(ZONES)
        ]
        self.balancer = self.elbv2.create_load_balancer(Name="door", Subnets=self.subnets, Scheme="internal")["LoadBalancers"][0]["LoadBalancerArn"]
        self.listener = self.listen(80, answers(404))
        self.addresses: Iterator[str] = (f"10.0.0.{number}" for number in range(10, 250))
        self.logged: list[str] = []

    def listen(self, port: int, *actions: dict[str, Any], protocol: str = "HTTP", **more: Any) -> str:
        asked = {"LoadBalancerArn": self.balancer, "Protocol": protocol, "Port": port, "DefaultActions": list(actions)}
        return str(self.elbv2.create_listener(**asked, **more)["Listeners"][0]["ListenerArn"])

    def rule(self, priority: int, conditions: list[dict[str, Any]], *actions: dict[str, Any]) -> str:
        asked = {"ListenerArn": self.listener, "Priority": priority, "Conditions": conditions, "Actions": list(actions)}
        return str(self.elbv2.create_rule(**asked)["Rules"][0]["RuleArn"])

    def default(self, *actions: dict[str, Any]) -> None:
        """What the listener does with all that meets no rule."""
        self.elbv2.modify_listener(ListenerArn=self.listener, DefaultActions=list(actions))

    def group(self, name: str, **checks: Any) -> str:
        asked = {"Name": name, "Protocol": "HTTP", "Port": PORT, "VpcId": self.vpc, "TargetType": "ip"} | CHECKS | checks
        return str(self.elbv2.create_target_group(**asked)["TargetGroups"][0]["TargetGroupArn"])

    def attribute(self, group: str, key: str, value: str) -> None:
        self.elbv2.modify_target_group_attributes(TargetGroupArn=group, Attributes=[{"Key": key, "Value": value}])

    def attributes(self, **values: str) -> None:
        """Of the load balancer; `__` stands for a dot."""
        asked = [{"Key": key.replace("__", "."), "Value": value} for key, value in values.items()]
        self.elbv2.modify_load_balancer_attributes(LoadBalancerArn=self.balancer, Attributes=asked)

    def run(self, group: str, version: str) -> str:
        """One more target of a group, on which that version runs; its address."""
        address = next(self.addresses)
        self.cloud.traffic.start(f"task/{address}", address, PORT, version, self.logged.append)
        self.register(group, address)
        return address

    def end(self, address: str) -> None:
        self.cloud.traffic.stop(f"task/{address}")

    def register(self, group: str, *addresses: str) -> None:
        self.elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": one, "Port": PORT} for one in addresses])

    def deregister(self, group: str, *addresses: str) -> None:
        self.elbv2.deregister_targets(TargetGroupArn=group, Targets=[{"Id": one, "Port": PORT} for one in addresses])

    def serving(self, version: str, targets: int = 1, **checks: Any) -> str:
        """A group that the listener forwards everything to, with targets of that version that are well."""
        group = self.group(version, **checks)
        self.default(forwards(group))
        for _target in range(targets):
            self.run(group, version)
        CLOCK.advance(0)
        return group

    def health(self, group: str, *addresses: str) -> dict[str, dict[str, str]]:
        """By the target's id."""
        asked = {"Targets": [{"Id": one, "Port": PORT} for one in addresses]} if addresses else {}
        told = self.elbv2.describe_target_health(TargetGroupArn=group, **asked)["TargetHealthDescriptions"]
        return {one["Target"]["Id"]: one["TargetHealth"] for one in told}

    def states(self, group: str) -> list[str]:
        return [one["State"] for one in self.health(group).values()]

    @contextmanager
    def client(self, port: int = 80) -> Iterator[http.client.HTTPConnection]:
        """A connection that is kept."""
        with closing(http.client.HTTPConnection(*self.cloud.traffic.address(self.balancer, port), timeout=20)) as connection:
            yield connection

    def ask(self, path: str = "/", method: str = "GET", body: Any = None, port: int = 80, **fields: str) -> Answered:
        """One request on a connection of its own; `_` in a field's name stands for a hyphen."""
        with self.client(port) as connection:
            return ask(connection, path, method, body, **fields)

    def raw(self, sent: bytes, port: int = 80) -> bytes:
        """What comes back for bytes that are perhaps no request, until the load balancer closes."""
        with socket.create_connection(self.cloud.traffic.address(self.balancer, port), timeout=20) as connection:
            connection.sendall(sent)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def versions(self, times: int, path: str = "/") -> Counter[str]:
        """How often each version answered, of so many requests; another status than 200 counts as what it is."""
        with self.client() as connection:
            return Counter(answered.version or str(answered.status) for answered in (ask(connection, path) for _time in range(times)))


@functools.cache
def _client(endpoint: str, service: str) -> Any:
    config = Config(retries={"total_max_attempts": 1})
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.client(service, endpoint_url=endpoint, region_name=REGION, config=config, **keys)


class Answered:
    """An answer, read to its end."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status, self.fields, self.body = answer.status, answer.headers, answer.read()
        self.version = self.fields.get("Version") if self.status == 200 else None

    def cookies(self) -> str:
        """What a client sends back."""
        return "; ".join(one.partition(";")[0] for one in self.fields.get_all("Set-Cookie", []))


def ask(connection: http.client.HTTPConnection, path: str = "/", method: str = "GET", body: Any = None, **fields: str) -> Answered:
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in fields.items()})
    return Answered(connection.getresponse())


def forwards(*groups: str, weights: Iterable[int] = (), sticky: int = 0) -> dict[str, Any]:
    """An action: to one group, or to several by their weights."""
    shares = [{"TargetGroupArn": group, "Weight": weight} for group, weight in zip(groups, weights or [1] * len(groups), strict=True)]
    stickiness = {"TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": sticky}} if sticky else {}
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": shares, **stickiness}}


def answers(status: int, body: str = "", content_type: str = "text/plain") -> dict[str, Any]:
    """An action: a fixed response."""
    return {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": str(status), "MessageBody": body, "ContentType": content_type}}


# -- targets of a test's own ------------------------------------------------------------------------------------


def behind(door: Door) -> tuple[str, str]:
    """A group with one target that is a test's own, and its address; which `socket_target` serves."""
    group = door.group("own")
    door.default(forwards(group))
    return group, next(door.addresses)


def read_head(connection: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        data = connection.recv(65536)
        if not data:
            return got
        got += data
    return got


def says(answer: bytes) -> Talk:
    """Answer each request with these bytes, and close."""

    def talk(connection: socket.socket) -> None:
        if read_head(connection):
            connection.sendall(answer)

    return talk


class Held:
    """A target that answers 200 when it is told to."""

    def __init__(self) -> None:
        self.asked, self.goes = threading.Event(), threading.Event()

    def __call__(self, connection: socket.socket) -> None:
        if read_head(connection):
            self.asked.set()
            assert self.goes.wait(60)
            connection.sendall(b"HTTP/1.1 200 OK\r\nVersion: held\r\nContent-Length: 2\r\n\r\nok")


class Asking(threading.Thread):
    """A request under way."""

    def __init__(self, door: Door, **fields: str) -> None:
        super().__init__(daemon=True)
        self._door, self._fields = door, fields
        self.start()

    def run(self) -> None:
        self.status = self._door.ask(**self._fields).status

    def answered(self) -> int:
        self.join(20)
        assert not self.is_alive()
        return self.status


@contextmanager
def socket_target(cloud: LocalCloud, address: str, talk: Talk) -> Iterator[None]:
    """A target that is no program of ours: `talk` gets each connection in turn, in a thread, which ends with the listening socket."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        cloud.traffic.place(address, PORT, listening.getsockname())

        def serve() -> None:
            while True:
                try:
                    connection, _peer = listening.accept()
                except OSError:
                    return
                with connection, suppress(ConnectionError):
                    talk(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(10)
