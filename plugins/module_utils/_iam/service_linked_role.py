# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A role that AWS itself defines for a service, one an account.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html
"""

from __future__ import annotations

import typing as t

from .._aws import Aws
from .._aws import AwsFailure
from .._aws import error_code
from .._aws import READ_LAG
from .._core.plan import Shape
from .._core.resource import AwsResource
from .._core.resource import Raw


#: The path of all of them.
SERVICE_ROLES = "/aws-service-role/"


def read_service_roles(aws: Aws) -> list[Raw]:
    """All that the account has: a few dozen, and one question for whichever of them is wanted."""
    return aws.read("iam", "list_roles", "Roles", PathPrefix=SERVICE_ROLES)


class ServiceLinkedRole(AwsResource):
    """The whole account uses it, so it bears no tag of a stack and goes with none. Its name is the service's principal."""

    TYPE, ID = "iam_service_linked_role", "Arn"
    MANAGED = ("service",)

    def find(self) -> Raw | None:
        # AWS alone knows how it names the role of a service, but the path is the service's
        # (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html).
        path = f"{SERVICE_ROLES}{self.identity.name}/"
        return next((one for one in read_service_roles(self.aws) if one["Path"] == path), None)

    seen = find

    def shape(self, raw: Raw) -> Shape:
        return {"service": self.identity.name}

    def desired(self, before: Shape | None) -> Shape:
        return {"service": self.identity.name}

    def make(self, after: Shape) -> Raw:
        try:
            self.aws.call("iam", "create_service_linked_role", AWSServiceName=after["service"])
        except AwsFailure as error:
            # One stands already: made by a request whose reply was lost, or by the service itself meanwhile.
            if error_code(error) != "InvalidInput" or "has been taken" not in str(error.exception):
                raise
        found: list[Raw] = []

        def look() -> tuple[bool, str]:
            self.aws.forget()
            found[:] = filter(None, [self.find()])
            return bool(found), "not there"

        self.aws.waiter.until(look, f"the role of {after['service']} to be seen", READ_LAG)
        return found[0]

    def facts(self) -> dict[str, t.Any]:
        return {"role_name": self.raw["RoleName"]}
