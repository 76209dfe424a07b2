# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The versions of a secret's value, each a JSON object in which ``password`` alone is secret, and their staging labels.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
"""

from __future__ import annotations

import json
import typing as t
import uuid
from dataclasses import dataclass
from dataclasses import field
from datetime import datetime
from datetime import UTC

from .._aws import Aws
from .._aws import AwsFailure
from .._aws import error_code
from .._core.plan import Refusal

CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"
MISSING = "ResourceNotFoundException"
#: The members of the value that are the module's own: the password, and since when it is the password (ISO 8601, UTC).
PASSWORD, SINCE = "password", "password_since"
#: How a password is made, as options of a module. RDS takes no / @ " and space
#: (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html, MasterUserPassword).
GENERATE: dict[str, dict] = dict(
    length=dict(type="int", default=32),
    exclude_characters=dict(default="/@\"'\\ "),
    exclude_punctuation=dict(type="bool", default=False),
)


@dataclass(frozen=True)
class Version:
    """One version of a value: its id, when it was put, and the JSON object; None where the value is something else."""

    id: str
    made: datetime
    document: dict[str, t.Any] | None = field(repr=False)

    @property
    def password(self) -> str | None:
        return (self.document or {}).get(PASSWORD)

    @property
    def since(self) -> datetime:
        """Since when its password is the password; where the value does not say, since it was put."""
        told = (self.document or {}).get(SINCE)
        return moment(told) if told else self.made


class Versions:
    """The versions of one secret, by their labels."""

    def __init__(self, aws: Aws, secret_id: str):
        self.aws, self.secret_id = aws, secret_id

    def read(self, stage: str) -> Version | None:
        """The version that bears a label, or None where none does."""
        answer = self.aws.find_secret("secretsmanager", "get_secret_value", "", MISSING, SecretId=self.secret_id, VersionStage=stage)
        if not answer:
            return None
        try:
            document = json.loads(answer.get("SecretString", ""))
        except ValueError:
            document = None
        return Version(answer["VersionId"], answer["CreatedDate"], document if isinstance(document, dict) else None)

    def put(self, document: dict[str, t.Any], stage: str) -> str:
        """A new version under a label; return its id. The token is that id: the same request again puts nothing twice."""
        answer = self.aws.call(
            "secretsmanager",
            "put_secret_value",
            SecretId=self.secret_id,
            ClientRequestToken=str(uuid.uuid4()),
            SecretString=json.dumps(document),
            VersionStages=[stage],
        )
        return answer["VersionId"]

    def move(self, stage: str, source: str, target: str | None = None) -> None:
        """Take a label from the version ``source`` to ``target``, or off. That it is there already is good too."""
        to = {"MoveToVersionId": target} if target else {}
        try:
            self.aws.call("secretsmanager", "update_secret_version_stage", SecretId=self.secret_id, VersionStage=stage, RemoveFromVersionId=source, **to)
        except AwsFailure as error:
            # Sent twice, since a reply was lost: the label is no longer where it is to be taken from.
            if error_code(error) != "InvalidParameterException" or self._holder(stage) != target:
                raise

    def describe(self) -> dict[str, t.Any]:
        return self.aws.read("secretsmanager", "describe_secret", "", SecretId=self.secret_id)

    def _holder(self, stage: str) -> str | None:
        listed = self.describe().get("VersionIdsToStages", {})
        return next((version for version, stages in listed.items() if stage in stages), None)


def new_password(aws: Aws, generate: t.Mapping[str, t.Any]) -> dict[str, str]:
    """The members of a value that hold a new password, made by AWS's own generator, and since when it is one."""
    answer = aws.call(
        "secretsmanager",
        "get_random_password",
        PasswordLength=generate["length"],
        ExcludeCharacters=generate["exclude_characters"],
        ExcludePunctuation=generate["exclude_punctuation"],
    )
    return {PASSWORD: answer["RandomPassword"], SINCE: datetime.now(UTC).isoformat(timespec="microseconds")}


def moment(text: str) -> datetime:
    """A time in ISO 8601; in UTC where it names no zone. Raise Refusal for anything else."""
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise Refusal(f"{text!r} is no time in ISO 8601, as 2026-01-31T12:00:00Z") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
