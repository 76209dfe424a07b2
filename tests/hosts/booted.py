# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A small stack on a local cloud whose fleets' instances are booted hosts of this machine, of the same ids."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from localcloud.daemon import StateDir

from ..stack.account import REGION
from ..stack.conftest import Outcome
from ..stack.conftest import ROOT
from ..stack.conftest import Runs
from ..stack.conftest import write_inventory

APPS = Path(__file__).parent / "apps"
DATABASE = ROOT / "extensions/hosts/molecule/files/database.py"
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT / "extensions/hosts")}
HERE = {"ansible_connection": "groundwork.aws.warm", "ansible_python_interpreter": "{{ ansible_playbook_python }}", "ansible_pipelining": True}
UNIT = """
[Service]
ExecStart=/usr/bin/python3 /usr/local/sbin/database.py
[Install]
WantedBy=multi-user.target
"""


class Service(t.NamedTuple):
    """What a service's hosts are, and what runs on them."""

    flavour: str
    application: str
    #: The input of its userdata role that the application is given to.
    given: str
    port: int
    health_path: str


SERVICES = {
    "node": Service("debian12", "node.tar.gz", "userdata_node_archive", 3000, "/"),
    "spring": Service("al2023", "spring.jar", "userdata_spring_jar", 8080, "/actuator/health"),
}


def program(*argv: str | Path, stdin: str = "", **environment: str) -> str:
    """What a program prints; it must end well."""
    words = [str(one) for one in argv]
    ran = subprocess.run(words, env=ENVIRONMENT | environment, input=stdin, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{words}: {ran.stdout}{ran.stderr}"
    return ran.stdout


@dataclass(frozen=True)
class Host:
    """An instance of a service's fleet, booted."""

    id: str
    service: str
    container: str
    address: str

    def inside(self, *argv: str, stdin: str = "") -> str:
        """What a program on it prints."""
        return program("podman", "exec", "--interactive", self.container, *argv, stdin=stdin)

    def shown(self, unit: str, name: str) -> str:
        """A property of one of its units."""
        return self.inside("systemctl", "show", unit, "--property", name, "--value").strip()

    @property
    def started(self) -> int:
        """When its service was started last, in microseconds since the boot; 0 for never."""
        return int(self.shown(f"{self.service}.service", "ActiveEnterTimestampMonotonic") or 0)

    @property
    def health(self) -> int:
        """The status that its health check answers, asked from outside; 0 when nothing answers."""
        service = SERVICES[self.service]
        try:
            with urlopen(f"http://{self.address}:{service.port}{service.health_path}", timeout=10) as answer:
                return answer.status
        except HTTPError as refused:
            return refused.code
        except OSError:
            return 0

    def have_database(self, name: str) -> None:
        """Let what greets as a database does run on it, under the name of the stack's own."""
        self.inside("sh", "-c", 'echo "127.0.0.1 $0" >>/etc/hosts', name)
        self.inside("sh", "-c", "cat >/usr/local/sbin/database.py", stdin=DATABASE.read_text())
        self.inside("sh", "-c", "cat >/etc/systemd/system/database.service", stdin=UNIT)
        self.inside("systemctl", "enable", "--now", "database.service")


class Stack:
    """A stack of two services behind a door, with a database, of which `site.yml` made all but what its hosts run."""

    def __init__(self, runs: Runs, where: StateDir):
        self.runs, self.where = runs, where
        where.hosts.mkdir(mode=0o700, parents=True, exist_ok=True)
        runs.cloud.hosts.folder = where.hosts
        where.write({"port": int(runs.cloud.endpoint.rpartition(":")[2])})
        runs.inventory = runs.folder / "shop"
        (runs.inventory / "group_vars").mkdir(parents=True)
        write_inventory(runs, "hosts", _components(), stack_region=REGION, **HERE)
        runs.ok("site")
        self.groups = {one["TargetGroupName"].removeprefix("shop-"): one["TargetGroupArn"] for one in self._ask("elbv2", "describe_target_groups")}
        self.hosts = self._boot()
        self._write_inventory_of_hosts()

    def of(self, service: str) -> list[Host]:
        """The hosts of a service, in the order in which they are changed."""
        return [one for one in self.hosts if one.service == service]

    def health(self) -> dict[str, str]:
        """How the load balancer finds each target."""
        found = [one for arn in self.groups.values() for one in self._ask("elbv2", "describe_target_health", TargetGroupArn=arn)]
        return {one["Target"]["Id"]: one["TargetHealth"]["State"] for one in found}

    def health_checks(self) -> dict[str, str]:
        """Whose word makes an instance of a fleet unhealthy."""
        groups = self._ask("autoscaling", "describe_auto_scaling_groups")
        return {one["AutoScalingGroupName"].removeprefix("shop-"): one["HealthCheckType"] for one in groups}

    def secret(self) -> dict[str, t.Any]:
        """What the stack keeps of its database for those who call it."""
        (kept,) = self._ask("secretsmanager", "list_secrets")
        return json.loads(self.runs.account.client("secretsmanager").get_secret_value(SecretId=kept["ARN"])["SecretString"])

    def run(self, *arguments: str) -> Outcome:
        """Run hosts.yml as its users do, with the key that opens this run's hosts."""
        return self.runs("hosts", "-i", str(self.runs.folder / "shop.aws_ec2.yml"), *arguments, **self.runs.cloud.env(REGION))

    def _ask(self, service: str, operation: str, **params: t.Any) -> list[dict[str, t.Any]]:
        answer = getattr(self.runs.account.client(service), operation)(**params)
        return next(value for value in answer.values() if isinstance(value, list))

    def _boot(self) -> list[Host]:
        groups = self._ask("autoscaling", "describe_auto_scaling_groups")
        ids = {one["InstanceId"]: group["AutoScalingGroupName"].removeprefix("shop-") for group in groups for one in group["Instances"]}
        wanted = {f"{service}-{instance}": f"{SERVICES[service].flavour}@{instance}" for instance, service in ids.items()}
        up = ["up", "--mirror", "--owner", self.where.path, "--cloud", self.where.path, "--region", REGION, *map("=".join, wanted.items())]
        self.made = json.loads(program(sys.executable, "-m", "testhosts", *up))
        booted = {one["instance_id"]: one for one in self.made["hosts"].values()}
        hosts = [Host(instance, ids[instance], one["container"], one["address"]) for instance, one in sorted(booted.items())]
        database = self.secret()["host"]
        for host in hosts:
            host.have_database(database)
        return hosts

    def _write_inventory_of_hosts(self) -> None:
        """TIO's own, by this stack's name; and what is so on hosts of this machine alone."""
        folder, shipped = self.runs.folder, ROOT / "inventories"
        (folder / "shop.aws_ec2.yml").write_text((shipped / "tio.aws_ec2.yml").read_text().replace("stack: tio", "stack: shop"))
        of_hosts = folder / "shop" / "group_vars" / "hosts"
        of_hosts.mkdir()
        (of_hosts / "shipped.yml").write_text((shipped / "tio/group_vars/hosts.yml").read_text())
        programs = program(sys.executable, "-m", "testhosts", "node").strip()
        applications = {}
        for name, service in SERVICES.items():
            applications[service.given] = str(folder / service.application)
            program(APPS / name / "build", applications[service.given], PATH=f"{programs}:{ENVIRONMENT['PATH']}")
        mirror, endpoints = self.made["mirror"], {one["instance_id"]: one["endpoint"] for one in self.made["hosts"].values()}
        packages = {"Debian": "codedeploy-agent_1.8.1-26_all.deb", "Amazon": "codedeploy-agent-1.8.1-26.noarch.rpm"}
        sums = {system: mirror["sha256"][f"aws-codedeploy/releases/{file}"] for system, file in packages.items()}
        keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_ENDPOINT_URL": "{{ endpoints[inventory_hostname] }}"}
        here = {
            "endpoints": endpoints,
            "userdata_base_mirror": mirror["url"],
            "userdata_base_cloudwatch_fingerprint": mirror["fingerprint"],
            "userdata_base_codedeploy_checksum": f"{{{{ {sums}[ansible_facts.distribution] }}}}",
            "userdata_node_mirror": mirror["url"],
            "userdata_node_fingerprint": mirror["fingerprint"],
            "userdata_node_environment": keys,
            "userdata_spring_environment": keys,
        }
        (of_hosts / "here.yml").write_text(json.dumps(here | applications))


def _components() -> dict[str, dict[str, t.Any]]:
    services = {
        name: {
            "service_runtime": name,
            "service_port": one.port,
            "service_health_path": one.health_path,
            "service_identity": "web_role",
            "service_clients": ["door"],
            "service_log_groups": [f"/shop/{name}"],
        }
        for name, one in SERVICES.items()
    }
    services["node"]["service_capacity"] = {"min": 2, "desired": 2, "max": 2}
    services["spring"]["service_routes"] = [{"load_balancer": "door", "paths": ["/api/*"], "priority": 10}]
    door = {"load_balancer_scheme": "internet-facing", "load_balancer_ports": [80], "load_balancer_clients": ["internet"], "load_balancer_default": "node"}
    database = {"database_port": 3306, "database_clients": sorted(SERVICES), "database_protected": False}
    return {
        "networks": {"vpc": {"network_cidr": "10.0.0.0/16"}},
        "identities": {"web_role": {}},
        "load_balancers": {"door": door},
        "services": services,
        "databases": {"db": database},
    }
