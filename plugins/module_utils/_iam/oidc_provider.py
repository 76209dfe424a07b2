# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An OpenID Connect provider whose tokens the account trusts.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
"""

from __future__ import annotations

import typing as t

from .._aws import Aws
from .._aws import tag_dict
from .._aws import tag_list
from .._core.plan import Plan
from .._core.plan import Shape
from .._core.resource import Raw
from .._core.resource import Tags
from .base import IamResource
from .base import MISSING


class OidcProvider(IamResource):
    """The account has one of a URL, whatever its name: who else wants it refers to it by its ARN."""

    TYPE, NAME = "iam_oidc_provider", "Url"
    MANAGED = ("url", "audiences", "thumbprints")
    IMMUTABLE = ("url",)

    @property
    def _arn(self) -> str:
        host = self.params["url"].removeprefix("https://").rstrip("/")
        return f"arn:{self.aws.partition}:iam::{self.aws.account}:oidc-provider/{host}"

    def read(self) -> Raw | None:
        return _get(self.aws, self._arn)

    @classmethod
    def listed(cls, aws: Aws, stack: str) -> t.Iterable[tuple[Raw, Tags]]:
        for one in aws.read("iam", "list_open_id_connect_providers", "OpenIDConnectProviderList"):
            raw = _get(aws, one["Arn"])
            if raw:
                yield raw, tag_dict(raw.get("Tags"))

    @classmethod
    def parent_of(cls, raw: Raw) -> dict[str, t.Any]:
        return {"url": raw["Url"]}  # what it is found by, whatever the name

    # -- shapes ------------------------------------------------------------------------------------------------

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        return {
            "url": _url(raw["Url"]),
            "audiences": sorted(raw.get("ClientIDList", [])),
            "thumbprints": sorted(one.lower() for one in raw.get("ThumbprintList", [])),
        }

    def desired(self, before: Shape | None) -> Shape:
        wanted = super().desired(before)
        audiences, thumbprints = wanted["audiences"], wanted["thumbprints"]
        return {
            **wanted,
            "url": _url(wanted["url"]),
            "audiences": None if audiences is None else sorted(set(audiences)),
            "thumbprints": None if thumbprints is None else sorted({one.lower() for one in thumbprints}),
        }

    # -- writing -----------------------------------------------------------------------------------------------

    def create(self, after: Shape) -> None:
        lists = {"ClientIDList": after.get("audiences"), "ThumbprintList": after.get("thumbprints")}
        self.write(
            "create_open_id_connect_provider",
            settled=("EntityAlreadyExists",),
            Url=after["url"],
            Tags=tag_list(after["tags"]),
            **{field: values for field, values in lists.items() if values},
        )

    def update(self, plan: Plan) -> None:
        which = {"OpenIDConnectProviderArn": self.id}
        if "audiences" in plan.keys:
            before, after = set(plan.before["audiences"]), set(plan.after["audiences"])
            for one in sorted(after - before):
                self.write("add_client_id_to_open_id_connect_provider", **which, ClientID=one)
            for one in sorted(before - after):
                self.write("remove_client_id_from_open_id_connect_provider", settled=(MISSING,), **which, ClientID=one)
        if "thumbprints" in plan.keys:
            self.write("update_open_id_connect_provider_thumbprint", **which, ThumbprintList=plan.after["thumbprints"])

    def delete(self) -> None:
        self.write("delete_open_id_connect_provider", settled=(MISSING,), OpenIDConnectProviderArn=self.id)

    def set_tags(self, tags: dict[str, str]) -> None:
        self.write("tag_open_id_connect_provider", OpenIDConnectProviderArn=self.id, Tags=tag_list(tags))

    def drop_tags(self, keys: list[str]) -> None:
        self.write("untag_open_id_connect_provider", OpenIDConnectProviderArn=self.id, TagKeys=keys)


def _get(aws: Aws, arn: str) -> Raw | None:
    """The provider of an ARN. Its fields lie in the answer itself, which does not name the ARN."""
    answer = aws.find("iam", "get_open_id_connect_provider", "", MISSING, OpenIDConnectProviderArn=arn)
    return {**answer, "Arn": arn} if answer else None


def _url(text: str) -> str:
    """IAM reads back a URL without its scheme."""
    return "https://" + text.removeprefix("https://").rstrip("/")
