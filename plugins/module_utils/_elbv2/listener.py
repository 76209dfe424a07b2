# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A listener of an application load balancer: a port, and what is done there with a request that no rule meets.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
"""

from __future__ import annotations

import typing as t

from .._aws import Aws
from .._aws import tag_list
from .._core.identity import COMPONENT
from .._core.identity import KEY
from .._core.identity import STACK
from .._core.plan import is_unknown
from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.resource import Raw
from .actions import from_actions
from .actions import refuse_to_drop
from .actions import to_actions
from .base import Elbv2Child
from .base import with_tags
from .load_balancer import LoadBalancer
from .options import given

#: TLS 1.2 and 1.3, AWS's own recommendation:
#: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
SSL_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
#: A certificate that was just issued is not known to load balancers at once, and a target group that was just made neither.
LAGGING = (("CertificateNotFound", ""), ("UnsupportedCertificate", ""), ("TargetGroupNotFound", ""))


class Listener(Elbv2Child):
    TYPE, ID, PARENT = "elbv2_listener", "ListenerArn", "load_balancer_id"
    READ = ("describe_listeners", "Listeners")
    MANAGED = ("port", "protocol", "certificate_arn", "ssl_policy", "default_action")

    @classmethod
    def parents(cls, aws: Aws) -> list[str]:
        return [raw[LoadBalancer.ID] for raw in aws.read("elbv2", *LoadBalancer.READ)]

    @classmethod
    def within(cls, aws: Aws, parent: str) -> list[Raw]:
        found = aws.find("elbv2", *cls.READ, "LoadBalancerNotFound", LoadBalancerArn=parent)
        return with_tags(aws, found or [], cls.ID)

    def is_named(self, raw: Raw) -> bool:
        """A load balancer has one listener a port. One that is kept in the same run under another key is no stand-in: it leaves the port first."""
        tags = self.tags_of(raw)
        ours = (tags.get(STACK), tags.get(COMPONENT)) == (self.identity.stack, self.identity.component)
        return raw["Port"] == self.params.get("port") and not (ours and tags.get(KEY) in self._others)

    @property
    def _others(self) -> set[str]:
        """The keys of the other listeners of the same run."""
        return {one["key"] for one in self.aws.module.params.get("listeners") or []} - {self.identity.key}

    def retired(self) -> list[Listener]:
        """What the component left on the port that this one takes: the redirect of a domain that is no longer given."""
        ours = (self.identity.stack, self.identity.component)
        found = [] if is_unknown(self.parent) else [raw for raw in self.within(self.aws, self.parent) if raw["Port"] == self.params.get("port")]
        tagged = [(raw, self.tags_of(raw)) for raw in found if raw[self.ID] != self.id]
        left = [raw for raw, tags in tagged if (tags.get(STACK), tags.get(COMPONENT)) == ours and tags.get(KEY) not in self._others]
        return [self.from_raw(self.aws, raw, self.parent) for raw in left]

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        encrypted = raw["Protocol"] == "HTTPS"
        certificate = next(iter(raw.get("Certificates", [])), {})
        return {
            "port": raw["Port"],
            "protocol": raw["Protocol"],
            "certificate_arn": certificate.get("CertificateArn", "") if encrypted else "",
            "ssl_policy": raw.get("SslPolicy", "") if encrypted else "",
            "default_action": from_actions(raw["DefaultActions"], self.params.get("default_action")),
        }

    def desired(self, before: Shape | None) -> Shape:
        wanted = super().desired(before)
        if before is None:
            self._refuse_taken_port()
        refuse_to_drop(self.raw.get("DefaultActions", []), (wanted["default_action"] or {}).get("target_group_ids") or [])
        encrypted = wanted["protocol"] == "HTTPS"
        return {
            **wanted,
            "certificate_arn": wanted["certificate_arn"] if encrypted else "",
            "ssl_policy": (wanted["ssl_policy"] or SSL_POLICY) if encrypted else "",
            "default_action": given(wanted["default_action"]),
        }

    def _refuse_taken_port(self) -> None:
        """By what describe() read. A listener on our port that is not ours to take is another component's."""
        taken = [] if is_unknown(self.parent) else [raw for raw in self.within(self.aws, self.parent) if self.is_named(raw)]
        for raw in taken:
            tags = self.tags_of(raw)
            owner = f"component {tags.get(COMPONENT)} of stack {tags.get(STACK)}"
            raise Refusal(f"port {raw['Port']} is taken by {raw[self.ID]} of {owner}; choose another port, or remove it there first")

    # -- writing -----------------------------------------------------------------------------------------------

    def make(self, after: Shape) -> Raw:
        spec = {"LoadBalancerArn": self.parent, "Tags": tag_list(after["tags"]), **self._spec(after, after)}
        answer = self._send("create_listener", after, settled=("DuplicateListener",), **spec)
        if answer:
            return {**answer["Listeners"][0], "Tags": spec["Tags"]}
        found = self.find()  # ours, by a reply that was lost; another's was refused
        if not found:
            raise Refusal(f"port {after['port']} is taken by a listener that AWS does not list yet; run again")
        return found

    def update(self, plan: Plan) -> None:
        changes = {key: plan.after[key] for key in plan.keys if key in self.MANAGED}
        if "protocol" in changes and changes["protocol"] == "HTTPS":
            changes |= {key: plan.after[key] for key in ("certificate_arn", "ssl_policy") if plan.after.get(key)}
        if "port" in changes:
            for left in self.retired():  # two cannot have one port
                left.delete()
        if changes:
            self._send("modify_listener", plan.after, ListenerArn=self.id, **self._spec(changes, plan.after))

    def _spec(self, values: Shape, after: Shape) -> dict[str, t.Any]:
        """Some of our keys as arguments. An empty certificate and policy are those of HTTP, and AWS drops them by itself."""
        spec = {field: values[key] for key, field in (("port", "Port"), ("protocol", "Protocol"), ("ssl_policy", "SslPolicy")) if values.get(key)}
        if values.get("certificate_arn"):
            spec["Certificates"] = [{"CertificateArn": values["certificate_arn"]}]
        if "default_action" in values:
            spec["DefaultActions"] = to_actions(after["default_action"], self.raw.get("DefaultActions", []))
        return spec

    def _send(self, operation: str, after: Shape, **spec: t.Any) -> dict[str, t.Any]:
        if "Certificates" in spec:
            self._refuse_pending(after["certificate_arn"])
        return self.aws.call("elbv2", operation, lagging=LAGGING, **spec)

    def _refuse_pending(self, arn: str) -> None:
        """AWS says of a certificate that is not issued yet that it has a bad key size; this says what it waits for."""
        if ":acm:" not in arn:
            return
        # A certificate of another account's, or one that we may not read, is AWS's to judge.
        found = self.aws.find("acm", "describe_certificate", "Certificate", "ResourceNotFoundException", "AccessDeniedException", CertificateArn=arn)
        if found and found["Status"] != "ISSUED":
            records = [one["ResourceRecord"] for one in found.get("DomainValidationOptions", []) if "ResourceRecord" in one]
            missing = "; ".join(sorted({f"{one['Name']} {one['Type']} {one['Value']}" for one in records}))
            raise Refusal(f"the certificate {arn} is {found['Status']}, not ISSUED; it needs {missing or 'to be made anew'}; then run again")

    def delete(self) -> None:
        self.aws.call("elbv2", "delete_listener", ListenerArn=self.id, settled=("ListenerNotFound",))
