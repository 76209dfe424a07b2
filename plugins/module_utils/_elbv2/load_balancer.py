# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An application load balancer, and the records that point to it.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
"""

from __future__ import annotations

import hashlib
import typing as t

from .._aws import tag_dict
from .._aws import tag_list
from .._core.identity import OURS
from .._core.plan import compare_children
from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.plan import sort_children
from .._core.resource import Raw
from .._core.resource import Tags
from .._route53 import records
from .base import Elbv2Named

#: Tags that say which records are ours, one each: records bear none themselves.
RECORD = OURS + "record:"
RECORD_KEY = ("zone_id", "name")
#: Our key, and AWS's attribute. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
FLAGS = {"deletion_protection": "deletion_protection.enabled", "drop_invalid_header_fields": "routing.http.drop_invalid_header_fields.enabled"}
IDLE, LOGS = "idle_timeout.timeout_seconds", "access_logs.s3."
#: What was just made elsewhere may be unknown here: groups, subnets, a VPC's way out.
LAGGING = (("InvalidSecurityGroup", ""), ("SubnetNotFound", ""), ("InvalidSubnet", "no internet gateway"))


class LoadBalancer(Elbv2Named):
    TYPE, ID, NAME = "elbv2_load_balancer", "LoadBalancerArn", "LoadBalancerName"
    READ = ("describe_load_balancers", "LoadBalancers")
    MANAGED = ("scheme", "subnet_ids", "security_group_ids", "ip_address_type", *FLAGS, "idle_timeout", "access_logs", "records")
    IMMUTABLE = ("scheme",)
    READY, BROKEN, REASON = ("active", "active_impaired"), ("failed",), "Reason"
    COMING = ("provisioning",)

    def read(self) -> Raw | None:
        found = super().read()
        return found and {**found, "Reason": found["State"].get("Reason")}

    def state(self, raw: Raw) -> str:
        return raw.get("State", {}).get("Code", "")

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        attributes = self._attributes(raw[self.ID])
        logs = {key: attributes[f"{LOGS}{key}"] for key in ("bucket", "prefix") if attributes.get(f"{LOGS}{key}")}
        return {
            "scheme": raw["Scheme"],
            "subnet_ids": sorted(zone["SubnetId"] for zone in raw["AvailabilityZones"]),
            "security_group_ids": sorted(raw.get("SecurityGroups", [])),
            "ip_address_type": raw["IpAddressType"],
            **{key: attributes.get(name) == "true" for key, name in FLAGS.items()},
            "idle_timeout": int(attributes[IDLE]),
            "access_logs": logs if attributes.get(f"{LOGS}enabled") == "true" else {},
            "records": sort_children(record for record in noted(raw) if self._alias(raw, record)),
        }

    def desired(self, before: Shape | None) -> Shape:
        if self.state(self.raw) in self.BROKEN:
            raise Refusal(f"{self.id} is {self.state(self.raw)}: {self.raw[self.REASON]}; remove it (state: absent), and run again")
        wanted = super().desired(before)
        lists = {key: None if wanted[key] is None else sorted(wanted[key]) for key in ("subnet_ids", "security_group_ids")}
        logs, aliases = wanted["access_logs"], wanted["records"]
        return {
            **wanted,
            **lists,
            "access_logs": logs and ({key: value for key, value in logs.items() if value} if logs.get("bucket") else {}),
            "records": None if aliases is None else sort_children(_plain(one["zone_id"], one["name"]) for one in aliases),
        }

    def tags_of(self, raw: Raw) -> Tags:
        """Without those that say which records are ours: the key ``records`` compares them."""
        return {key: value for key, value in super().tags_of(raw).items() if not key.startswith(RECORD)}

    # -- writing -----------------------------------------------------------------------------------------------

    def create(self, after: Shape) -> None:
        fields = {"scheme": "Scheme", "subnet_ids": "Subnets", "security_group_ids": "SecurityGroups", "ip_address_type": "IpAddressType"}
        self.aws.call(
            "elbv2",
            "create_load_balancer",
            settled=("DuplicateLoadBalancerName",),
            lagging=LAGGING,
            Name=self.identity.name,
            Type="application",
            Tags=tag_list(after["tags"]),
            **{field: after[key] for key, field in fields.items() if after.get(key)},
        )

    def update(self, plan: Plan) -> None:
        arn = {"LoadBalancerArn": self.id}
        if "security_group_ids" in plan.keys:
            self.aws.call("elbv2", "set_security_groups", **arn, SecurityGroups=plan.after["security_group_ids"], lagging=LAGGING)
        if "subnet_ids" in plan.keys:
            self.aws.call("elbv2", "set_subnets", **arn, Subnets=plan.after["subnet_ids"], lagging=LAGGING)
        if "ip_address_type" in plan.keys:
            self.aws.call("elbv2", "set_ip_address_type", **arn, IpAddressType=plan.after["ip_address_type"])
        self._set_attributes(_attributes_of({key: plan.after[key] for key in plan.keys}))
        if "records" in plan.keys:
            self._change_records(plan)

    def _set_attributes(self, attributes: dict[str, str]) -> None:
        if attributes:
            self.aws.call(
                "elbv2",
                "modify_load_balancer_attributes",
                lagging=(("InvalidConfigurationRequest", "Access Denied for bucket"),),  # a bucket's policy takes its time
                LoadBalancerArn=self.id,
                Attributes=tag_list(attributes),
            )

    def _attributes(self, arn: str) -> dict[str, str]:
        return tag_dict(self.aws.read("elbv2", "describe_load_balancer_attributes", "Attributes", LoadBalancerArn=arn))

    @property
    def is_protected(self) -> bool:
        return super().is_protected or self._refuses_deletion

    @property
    def _refuses_deletion(self) -> bool:
        return self._attributes(self.id)[FLAGS["deletion_protection"]] == "true"

    def delete(self) -> None:
        if self._refuses_deletion:
            self._set_attributes({FLAGS["deletion_protection"]: "false"})
        for record in noted(self.raw):
            self._remove(record)
        self.aws.call("elbv2", "delete_load_balancer", LoadBalancerArn=self.id, settled=("LoadBalancerNotFound",))

    # -- records -----------------------------------------------------------------------------------------------

    def _alias(self, raw: Raw, record: Shape) -> dict[str, t.Any] | None:
        """The record set, where it stands and points to this load balancer."""
        found = records.standing(self.aws, record["zone_id"], record["name"], "A")
        target = records.plain((found or {}).get("AliasTarget", {}).get("DNSName", ""))
        return found if target.removeprefix("dualstack.") == raw["DNSName"].lower() else None

    def _change_records(self, plan: Plan) -> None:
        changes = compare_children(plan.before["records"], plan.after["records"], RECORD_KEY)
        for record in changes.add:
            self._add(record)
        for record in changes.remove:
            self._remove(record)
            self.drop_tags([_tag(record)])

    def _add(self, record: Shape) -> None:
        """Noted first: what is noted and does not stand is made by a rerun, and the other way round it would be nobody's."""
        zone_id, name = record["zone_id"], record["name"]
        found = records.standing(self.aws, zone_id, name, "A")
        if found and not self._alias(self.raw, record) and not self.params.get("adopt"):
            target = found.get("AliasTarget", {}).get("DNSName") or [one["Value"] for one in found.get("ResourceRecords", [])]
            raise Refusal(f"the record {name} of zone {zone_id} points to {target}; remove it, or take it over with stack_adopt: true")
        self.set_tags({_tag(record): f"{zone_id}/{name.replace('*', '@')}"})
        alias = {"HostedZoneId": self.raw["CanonicalHostedZoneId"], "DNSName": self.raw["DNSName"], "EvaluateTargetHealth": False}
        records.write(self.aws, zone_id, {"Name": name, "Type": "A", "AliasTarget": alias})

    def _remove(self, record: Shape) -> None:
        found = self._alias(self.raw, record)
        if found:
            records.remove(self.aws, record["zone_id"], found)

    def facts(self) -> dict[str, t.Any]:
        return {
            "dns_name": self.raw.get("DNSName"),
            "zone_id": self.raw.get("CanonicalHostedZoneId"),
            "vpc_id": self.raw.get("VpcId"),
            "full_name": self.id.partition(":loadbalancer/")[2],
            "status": self.state(self.raw),
        }


def noted(raw: Raw) -> list[Shape]:
    """The records that a load balancer's tags name as ours. ``*`` is no character of a tag's value, and ``@`` none of a name."""
    values = [value for key, value in tag_dict(raw["Tags"]).items() if key.startswith(RECORD)]
    return [_plain(*value.replace("@", "*").split("/", 1)) for value in values]


def _plain(zone_id: str, name: str) -> Shape:
    return {"zone_id": records.zone(zone_id), "name": records.plain(name)}


def _tag(record: Shape) -> str:
    """A tag's key of its own for each record: a name may be longer than a key."""
    return RECORD + hashlib.sha256("/".join(record[key] for key in RECORD_KEY).encode()).hexdigest()[:12]


def _attributes_of(values: Shape) -> dict[str, str]:
    """Our keys as AWS's attributes."""
    attributes = {name: str(values[key]).lower() for key, name in FLAGS.items() if key in values}
    if "idle_timeout" in values:
        attributes[IDLE] = str(values["idle_timeout"])
    if "access_logs" in values:
        logs = values["access_logs"]
        attributes[f"{LOGS}enabled"] = "true" if logs else "false"
        attributes |= {f"{LOGS}bucket": logs["bucket"], f"{LOGS}prefix": logs.get("prefix", "")} if logs else {}
    return attributes
