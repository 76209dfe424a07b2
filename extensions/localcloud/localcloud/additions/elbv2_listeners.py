# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Elastic Load Balancing: listeners, their certificates, and rules."""
from __future__ import annotations

import copy
from typing import Any

from moto.acm.models import acm_backends
from moto.elbv2.models import ELBv2Backend
from moto.elbv2.ssl_policies import SSL_POLICIES

from ..call import Call
from ..dials import within
from ..replies import AwsError
from . import before, patch
from .elbv2_load_balancers import elbv2_of, invalid


def _listener(call: Call) -> Any:
    arn = call.params.get("ListenerArn", "")
    balancers = elbv2_of(call).load_balancers.values()
    return next((balancer.listeners[arn] for balancer in balancers if arn in balancer.listeners), None)


@patch("elbv2", "CreateListener", "ModifyListener", adds="a port has one listener: the same settings, the first one again; other ones, "
       "DuplicateListener; TooManyListeners; one for HTTP has no certificate and no policy", source="API_CreateListener")  # fmt: skip
def one_a_port() -> None:
    first_create, first_modify = ELBv2Backend.create_listener, ELBv2Backend.modify_listener

    def create(self: Any, load_balancer_arn: str, **asked: Any) -> Any:
        balancer = self.load_balancers.get(load_balancer_arn)
        standing = _at(balancer, asked["port"])
        if standing and standing.asked == asked:
            return standing
        if standing:
            raise AwsError("DuplicateListener", "A listener already exists on this port for this load balancer")
        within("listeners_per_load_balancer", len(balancer.listeners) if balancer else 0, "TooManyListeners", "listeners")
        made = first_create(self, load_balancer_arn=load_balancer_arn, **copy.deepcopy(asked))
        made.asked = asked
        return _plain(made)

    def modify(self: Any, arn: str, port: Any = None, *args: Any, **kwargs: Any) -> Any:
        listener = self.describe_listeners(None, [arn])[0]
        other = _at(self.load_balancers[listener.load_balancer_arn], port)
        if other and other is not listener:
            raise AwsError("DuplicateListener", "A listener already exists on this port for this load balancer")
        return _plain(first_modify(self, arn, port, *args, **kwargs))

    ELBv2Backend.create_listener, ELBv2Backend.modify_listener = create, modify


def _at(balancer: Any, port: Any) -> Any:
    return next((each for each in (balancer.listeners.values() if balancer else ()) if port and int(each.port) == int(port)), None)


def _plain(listener: Any) -> Any:
    if listener.protocol == "HTTP":
        listener.certificate, listener.certificates, listener.ssl_policy = None, [], None
    return listener


@before("elbv2", "CreateListener", "ModifyListener", adds="HTTPS asks for a certificate that exists (CertificateNotFound) and is issued "
        "(UnsupportedCertificate), and a policy that exists", source="API_CreateListener: Errors; user guide, https-listener-certificates")  # fmt: skip
def certificates_are_issued(call: Call) -> None:
    standing, certificates = _listener(call), call.params.get("Certificates", [])
    protocol = call.params.get("Protocol") or (standing.protocol if standing else None)
    if protocol == "HTTPS" and not certificates and not (standing and standing.certificates):
        raise invalid("A certificate must be specified for HTTPS listeners")
    policy = call.params.get("SslPolicy")
    if policy and policy not in SSL_POLICIES:
        raise AwsError("SSLPolicyNotFound", f"SSL policy '{policy}' not found")
    known = acm_backends[call.account][call.region]._certificates
    for arn in (each["CertificateArn"] for each in certificates if ":acm:" in each["CertificateArn"]):
        if arn not in known:
            raise AwsError("CertificateNotFound", f"Certificate '{arn}' not found")
        known[arn].check()
        if known[arn].status != "ISSUED":
            text = f"The certificate '{arn}' must have a fully-qualified domain name, a supported signature, and a supported key size."
            raise AwsError("UnsupportedCertificate", text)


# -- rules -----------------------------------------------------------------------------------------------------


@before("elbv2", "CreateRule", adds="quota a load balancer, default rules apart: TooManyRules", source="User guide, load-balancer-limits")
def rule_quota(call: Call) -> None:
    listener = _listener(call)
    if listener:
        balancer = elbv2_of(call).load_balancers[listener.load_balancer_arn]
        used = sum(len(each._non_default_rules) for each in balancer.listeners.values())
        within("rules_per_load_balancer", used, "TooManyRules", "rules on the load balancer")


@before("elbv2", "DeleteRule", adds="RuleNotFound; the default one stays: OperationNotPermitted", source="API_DeleteRule: Errors")
def delete_what_is_a_rule(call: Call) -> None:
    arn = call.params["RuleArn"]
    rules = [rule for each in elbv2_of(call).load_balancers.values() for one in each.listeners.values() for rule in one.rules.values()]
    found = next((rule for rule in rules if rule.arn == arn), None)
    if found is None:
        raise AwsError("RuleNotFound", f"One or more rules not found: {arn}")
    if found.is_default:
        raise AwsError("OperationNotPermitted", f"Default rule '{arn}' cannot be deleted")


@patch("elbv2", "SetRulePriorities", adds="rules of one call may swap their places", source="API_SetRulePriorities")
def places_are_swapped() -> None:
    first = ELBv2Backend.set_rule_priorities

    def set_priorities(self: Any, rule_priorities: list[dict[str, Any]]) -> Any:
        rules = self.describe_rules(None, [each["RuleArn"] for each in rule_priorities])
        before = {rule.arn: rule.priority for rule in rules}
        for rule in rules:
            rule.priority = None  # out of the way of the others of the call
        try:
            return first(self, rule_priorities)
        except Exception:
            for rule in rules:
                rule.priority = before[rule.arn]
            raise

    ELBv2Backend.set_rule_priorities = set_priorities
