# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TIO's two doors: load balancers, what they listen to and where it goes, and the target groups behind them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from system_view import Fact, System, held
from tio_view import FLEETS, Tio
from vpc_view import View

#: By target group: port, path of its health check, and the load balancer before it.
TARGET_GROUPS = {
    "TargetGroup-Spring-App": (8080, "/actuator/health", "TIO-ALB"),
    "TargetGroup-Node-App": (3000, "/", "TIO-Internal-ALB"),
    "TargetGroup-Python-App": (8000, "/", "TIO-Internal-ALB"),
}
PUBLIC_RULES = {"/api/spring/*": "TargetGroup-Spring-App"}
INTERNAL_RULES = {"/api/node/*": "TargetGroup-Node-App", "/api/python/*": "TargetGroup-Python-App"}
REDIRECT = ("redirect", "HTTPS", "443", "HTTP_301")


def facts(tio: Tio) -> Iterator[Fact]:
    yield from held("TIO-ALB stands", balancer(tio, "TIO-ALB", "internet-facing", tio.public, "TIO-ALB-SG"))
    yield from held("TIO-ALB listens", public_door(tio))
    yield from held("TIO-Internal-ALB stands", balancer(tio, "TIO-Internal-ALB", "internal", tio.private, "TIO-Internal-ALB-SG"))
    yield from held("TIO-Internal-ALB listens", internal_door(tio))
    for name, (port, path, door) in TARGET_GROUPS.items():
        yield from held(f"{name} stands", target_group(tio, name, port, path, door))


def balancer(system: System, name: str, scheme: str, subnets: set[str], group: str) -> Iterator[Fact]:
    found = system.balancers[name]
    yield Fact(f"{name} is an application load balancer, {scheme}", ("application", scheme), (found["Type"], found["Scheme"]))
    yield Fact(f"{name} is active", "active", found["State"]["Code"])
    yield Fact(f"{name} lies in both {'public' if subnets == system.public else 'private'} subnets", sorted(subnets), subnets_of(system, found))
    yield Fact(f"{name} has the group {group} alone", [group], system.names(found["SecurityGroups"]))


def subnets_of(system: System, found: View) -> list[str]:
    return system.names(zone["SubnetId"] for zone in found["AvailabilityZones"])


def public_door(tio: Tio) -> Iterator[Fact]:
    """HTTP alone, or HTTPS and a redirect where the system has a domain."""
    found = listeners(tio, "TIO-ALB")
    door = found[443] if 443 in found else found[80]
    doors = {80: "HTTP", 443: "HTTPS"} if 443 in found else {80: "HTTP"}
    yield Fact("TIO-ALB listens on 80 by HTTP, and on 443 by HTTPS at most", doors, protocols(found))
    yield Fact("TIO-ALB forwards what no rule takes to Spring", "TargetGroup-Spring-App", target(tio, door["DefaultActions"]))
    yield Fact("TIO-ALB forwards /api/spring/* to Spring, and has no other rule", PUBLIC_RULES, rules(tio, door))
    if 443 in found:
        yield Fact("TIO-ALB redirects 80 to 443 for good", REDIRECT, target(tio, found[80]["DefaultActions"]))
        yield Fact("port 80 has no rule beside", {}, rules(tio, found[80]))
        issued = [tio.client("acm").describe_certificate(CertificateArn=one["CertificateArn"])["Certificate"]["Status"] for one in door["Certificates"]]
        yield Fact("its certificate is issued", ["ISSUED"], issued)


def internal_door(tio: Tio) -> Iterator[Fact]:
    found = listeners(tio, "TIO-Internal-ALB")
    yield Fact("TIO-Internal-ALB listens on 80 by HTTP, and on nothing else", {80: "HTTP"}, protocols(found))
    yield Fact("TIO-Internal-ALB forwards by path to Node and to Python, and has no other rule", INTERNAL_RULES, rules(tio, found[80]))
    yield Fact("TIO-Internal-ALB answers 404 itself to what no rule takes", ("fixed-response", "404"), target(tio, found[80]["DefaultActions"]))


def listeners(system: System, name: str) -> dict[int, View]:
    """Listeners by port."""
    found = system.all("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=system.balancers[name]["LoadBalancerArn"])
    return {one["Port"]: one for one in found}


def protocols(found: dict[int, View]) -> dict[int, str]:
    return {port: one["Protocol"] for port, one in found.items()}


def rules(tio: Tio, listener: View) -> dict[str, Any]:
    """Where the rules lead to, by their condition; the default one is the listener's own action."""
    found = tio.all("elbv2", "describe_rules", "Rules", ListenerArn=listener["ListenerArn"])
    return {conditions(rule): target(tio, rule["Actions"]) for rule in found if not rule["IsDefault"]}


def conditions(rule: View) -> str:
    """A rule's one path; whatever else it asks for is told in words that no path has."""
    found = rule["Conditions"]
    if len(found) == 1 and found[0]["Field"] == "path-pattern":
        return " or ".join(found[0].get("PathPatternConfig", found[0])["Values"])
    return f"conditions {found}"


def target(tio: Tio, actions: list[View]) -> Any:
    """The name of the target group that all goes to, or what else is done."""
    last = actions[-1]
    if len(actions) > 1:
        return [action["Type"] for action in actions]
    if last["Type"] == "forward":
        arns = [one["TargetGroupArn"] for one in last.get("ForwardConfig", {}).get("TargetGroups", [last])]
        names = [name for name, one in tio.target_groups.items() if one["TargetGroupArn"] in arns]
        return names[0] if len(arns) == len(names) == 1 else arns
    if last["Type"] == "redirect":
        return ("redirect", *(last["RedirectConfig"].get(field) for field in ("Protocol", "Port", "StatusCode")))
    return (last["Type"], last.get("FixedResponseConfig", {}).get("StatusCode"))


def target_group(tio: Tio, name: str, port: int, path: str, door: str) -> Iterator[Fact]:
    found = tio.target_groups[name]
    yield Fact(f"{name} is HTTP on {port}, to instances of the VPC", ("HTTP", port, "instance", tio.vpc.vpc["VpcId"]),
               tuple(found[field] for field in ("Protocol", "Port", "TargetType", "VpcId")))  # fmt: skip
    yield Fact(f"{name} asks {path} for health", (True, path), (found["HealthCheckEnabled"], found["HealthCheckPath"]))
    yield Fact(f"{name} stands behind {door} alone", [tio.balancers[door]["LoadBalancerArn"]], found["LoadBalancerArns"])
    fleet = tio.fleets[FLEETS[name.split("-")[1]]]
    health = tio.client("elbv2").describe_target_health(TargetGroupArn=found["TargetGroupArn"])["TargetHealthDescriptions"]
    in_service = [one["InstanceId"] for one in fleet["Instances"] if one["LifecycleState"] == "InService"]
    yield Fact(f"{name} has the instances of {fleet['AutoScalingGroupName']} as its targets, each on {port}", sorted((one, port) for one in in_service),
               sorted((one["Target"]["Id"], one["Target"]["Port"]) for one in health if one["TargetHealth"]["State"] != "draining"))  # fmt: skip
