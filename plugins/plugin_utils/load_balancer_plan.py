# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From the inputs of a load balancer to each of its parts, as the modules take them. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.groundwork.aws.plugins.module_utils._core.plan import UNKNOWN

from .alarms import of_load_balancer
from .kinds import default_name

Part = dict[str, t.Any]
NOBODY = {"type": "fixed_response", "status_code": "404"}
TO_HTTPS = {"type": "redirect", "protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"}


def load_balancer_plan(
    component: str, inputs: Mapping[str, t.Any], stack: str, certificate: Mapping[str, t.Any] | None = None, standing: Mapping[str, t.Any] | None = None
) -> dict[str, t.Any]:
    """Every part of a load balancer; the inputs are those of the role ``load_balancer``.

    ``certificate``, ``standing``: what the modules returned of the certificate and of the load balancer, as far as they ran.
    """
    return _LoadBalancer(component, inputs, stack, certificate or {}, standing or {}).plan()


class _LoadBalancer:
    def __init__(self, component: str, inputs: Mapping[str, t.Any], stack: str, certificate: Mapping[str, t.Any], standing: Mapping[str, t.Any]):
        self.label = default_name(stack, component)
        self.certificate, self.standing = certificate, standing
        self.wiring = inputs["load_balancer_wiring"]
        self.input = lambda name: inputs[f"load_balancer_{name}"]

    def plan(self) -> dict[str, t.Any]:
        address = self.standing.get("dns_name") or UNKNOWN
        actions = self.wiring.get("alarm_actions") or []
        return {
            "records": [{"zone_id": self.input("zone_id"), "name": name} for name in self.domains] if self.input("zone_id") else [],
            "listeners": [self.listener("entry", 443), self.redirect()] if self.is_https else [self.listener("entry", 80)],
            "alarms": of_load_balancer(self.label, self.input("name"), self.standing.get("id") or UNKNOWN, actions) if self.input("alarms") else [],
            "url": f"https://{self.input('domain')}" if self.is_https else f"http://{address}",
            "records_to_add": self.records_to_add(address),
        }

    @property
    def domains(self) -> list[str]:
        return [self.input("domain"), *self.input("alternative_names")] if self.input("domain") else []

    @property
    def is_https(self) -> bool:
        """As soon as there is a certificate. In a plan there will be one, where the zone is ours to prove it in."""
        return bool(self.input("domain") and (self.input("zone_id") or self.certificate.get("status") == "ISSUED"))

    def listener(self, key: str, port: int) -> Part:
        """The listener that lets in, under a key that stays when it turns from HTTP to HTTPS: rules hang on it."""
        targets = self.wiring.get("default_target_group_ids") or []
        forward = {"target_group_ids": targets} if len(targets) > 1 else {"target_group_id": next(iter(targets), None)}
        action = {"type": "forward", **forward} if targets else dict(NOBODY)
        secure = {"certificate_arn": self.certificate.get("id") or UNKNOWN, "ssl_policy": self.input("ssl_policy")} if port == 443 else {}
        protocol = "HTTPS" if port == 443 else "HTTP"
        return {"key": key, "name": f"{self.label}-{key}", "port": port, "protocol": protocol, "default_action": action, **secure}

    def redirect(self) -> Part:
        return {"key": "redirect", "name": f"{self.label}-redirect", "port": 80, "protocol": "HTTP", "default_action": dict(TO_HTTPS)}

    def records_to_add(self, address: str) -> list[Part]:
        """What somebody has to add to the domain's zone, where that is not ours: the certificate's proof, and the way to the door."""
        if self.input("zone_id"):
            return []
        proofs = list(self.certificate.get("validation_records") or [])
        return proofs + [{"name": name, "type": "CNAME", "value": address} for name in self.domains]
