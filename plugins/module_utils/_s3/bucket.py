# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A bucket with its settings. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html"""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

from .._aws import Aws
from .._aws import AwsFailure
from .._aws import DENIED
from .._aws import error_code
from .._aws import tag_dict
from .._aws import tag_list
from .._core.identity import OURS
from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.resource import NamedResource
from .._core.resource import Raw
from .._core.resource import Tags
from . import settings
from .policy import Caller
from .policy import may_lock_out
from .policy import Policies

#: Whether a removal may empty the bucket: a tag, so that a removal knows it that has AWS alone to ask.
REMOVAL = OURS + "removal"
KEEP, EMPTY = "keep", "empty"
#: A bucket that was just made is not known everywhere.
NEW = ("NoSuchBucket", "")
#: A policy names a role that was just made.
NEW_PRINCIPAL = ("MalformedPolicy", "Invalid principal in policy")
#: Another change of the same bucket is not done yet; for an hour or so after a delete, its name is held by this too
#: (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
BUSY = ("OperationAborted",)
TAKEN = "bucket {} is another account's, for the names of buckets are one for all the world"
#: Most buckets that one answer lists, and most objects that one call deletes.
PAGE = 1000
#: Buckets whose tags are asked for at a time.
WIDTH = 8


class Bucket(NamedResource):
    TYPE, ID, NAME = "s3_bucket", "Name", "Name"
    MANAGED = (
        "object_ownership",
        "public_access_block",
        "kms_key_id",
        "bucket_key",
        "versioning",
        "tls_only",
        "policy_statements",
        "lifecycle_rules",
        "access_logs",
        "cors",
        "removal",
    )

    def __init__(self, aws: Aws, params: dict[str, t.Any]):
        super().__init__(aws, params)
        self._caller: Caller | None = None

    # -- finding -----------------------------------------------------------------------------------------------

    def seen(self) -> Raw | None:
        """The names of buckets are one for all accounts and regions: say where this one is, if it is not here."""
        name = self.identity.name
        try:
            region = self.aws.find("s3", "head_bucket", "BucketRegion", "404", Bucket=name, ExpectedBucketOwner=self.aws.account)
        except AwsFailure as error:
            if error_code(error) != "403":
                raise
            raise Refusal(f"{TAKEN.format(name)}, or these credentials may not s3:ListBucket it; allow that, or choose another name") from error
        if region not in (None, self.aws.region):
            raise Refusal(f"bucket {name} stands in {region}, and a bucket cannot move; choose another name, or work in that region")
        return {"Name": name} if region else None

    def read(self) -> Raw | None:
        bucket = self.seen()
        try:
            return {**bucket, **settings.read_settings(self.aws, self.identity.name)} if bucket else None
        except AwsFailure as error:
            if error_code(error) == NEW[0]:  # it goes, or it comes
                return None
            raise

    def describe(self) -> Shape | None:
        if may_lock_out(self._wanted_statements or []):
            who = self.aws.read("sts", "get_caller_identity", "")
            self._caller = Caller(who["Arn"], who["UserId"], who["Account"])
        return super().describe()

    @classmethod
    def listed(cls, aws: Aws, stack: str) -> t.Iterable[tuple[Raw, Tags]]:
        """Buckets are listed without their tags, which are asked for side by side."""
        found = aws.read("s3", "list_buckets", "Buckets", BucketRegion=aws.region, MaxBuckets=PAGE)
        with ThreadPoolExecutor(WIDTH) as pool:
            tags = list(pool.map(lambda raw: _tags_listed(aws, raw["Name"], stack), found))
        return list(zip(found, tags, strict=True))

    # -- shapes ------------------------------------------------------------------------------------------------

    @property
    def _policies(self) -> Policies:
        return Policies(f"arn:{self.aws.partition}:s3:::{self.identity.name}", self.aws.partition)

    @property
    def _wanted_statements(self) -> list[dict[str, t.Any]] | None:
        given = self.params.get("policy_statements")
        return None if given is None else self._policies.statements(given)

    def tags_of(self, raw: Raw) -> Tags:
        return {key: value for key, value in tag_dict(raw["TagSet"]).items() if key != REMOVAL}

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        ownership = next(iter((raw["OwnershipControls"] or {}).get("Rules", [])), {})
        blocked = raw["PublicAccessBlockConfiguration"] or {}
        statements, tls = self._policies.read(raw["Policy"])
        return {
            "object_ownership": ownership.get("ObjectOwnership", "ObjectWriter"),
            "public_access_block": all(blocked.get(one) for one in settings.BLOCKED),
            **settings.from_encryption(raw["ServerSideEncryptionConfiguration"]),
            "versioning": raw["Status"] == "Enabled",
            "tls_only": tls,
            "policy_statements": statements,
            "lifecycle_rules": settings.from_lifecycle(raw["Rules"]),
            "access_logs": settings.from_logging(raw["LoggingEnabled"]),
            "cors": settings.from_cors(raw["CORSRules"]),
            "removal": tag_dict(raw["TagSet"]).get(REMOVAL, KEEP),
        }

    def desired(self, before: Shape | None) -> Shape:
        wanted, statements = super().desired(before), self._wanted_statements
        complaint = self._policies.complaint(statements or [], self._caller) if self._caller else None
        if complaint:
            raise Refusal(complaint)
        rules, logs, cors = wanted["lifecycle_rules"], wanted["access_logs"], wanted["cors"]
        return {
            **wanted,
            "public_access_block": True,
            "kms_key_id": wanted["kms_key_id"] or "",
            "bucket_key": bool(wanted["kms_key_id"]),
            "tls_only": True,
            "policy_statements": statements,
            "lifecycle_rules": None if rules is None else settings.whole_rules(rules),
            "access_logs": None if logs is None else {"bucket": logs["bucket"], "prefix": logs.get("prefix") or ""} if logs.get("bucket") else {},
            "cors": None if cors is None else settings.whole_cors(cors),
        }

    def facts(self) -> dict[str, t.Any]:
        suffix = "amazonaws.com.cn" if self.aws.partition == "aws-cn" else "amazonaws.com"
        return {"arn": self._policies.arn, "domain_name": f"{self.identity.name}.s3.{self.aws.region}.{suffix}"}

    # -- writing -----------------------------------------------------------------------------------------------

    def create(self, after: Shape) -> None:
        # us-east-1 is where a bucket goes that names no place, and it takes no other word for itself.
        place = {} if self.aws.region == "us-east-1" else {"LocationConstraint": self.aws.region}
        tags = tag_list({**after["tags"], REMOVAL: after.get("removal", KEEP)})
        ownership = {"ObjectOwnership": after["object_ownership"]} if after.get("object_ownership") else {}
        try:
            self.aws.call(
                "s3",
                "create_bucket",
                settled=("BucketAlreadyOwnedByYou",),
                busy=BUSY,
                Bucket=self.identity.name,
                CreateBucketConfiguration={**place, "Tags": tags},
                **ownership,
            )
        except AwsFailure as error:
            if error_code(error) == "BucketAlreadyExists":
                raise Refusal(f"{TAKEN.format(self.identity.name)}; choose another name") from error
            raise

    def _put(self, operation: str, lagging: t.Collection[tuple[str, str]] = (), **params: t.Any) -> None:
        self.aws.call("s3", operation, busy=BUSY, lagging=(NEW, *lagging), Bucket=self.identity.name, **params)

    def update(self, plan: Plan) -> None:
        """What keeps others out comes first."""
        after, keys = plan.after, set(plan.keys)
        if "public_access_block" in keys:
            self._put("put_public_access_block", PublicAccessBlockConfiguration=dict.fromkeys(settings.BLOCKED, True))
        if "object_ownership" in keys:
            self._put("put_bucket_ownership_controls", OwnershipControls={"Rules": [{"ObjectOwnership": after["object_ownership"]}]})
        if keys & {"kms_key_id", "bucket_key"}:
            rule = settings.to_encryption(after["kms_key_id"], self.raw["ServerSideEncryptionConfiguration"])
            self._put("put_bucket_encryption", ServerSideEncryptionConfiguration=rule)
        if keys & {"tls_only", "policy_statements"}:
            self._put("put_bucket_policy", lagging=(NEW_PRINCIPAL,), Policy=self._policies.write(after["policy_statements"]))
        if "versioning" in keys:
            self._put("put_bucket_versioning", VersioningConfiguration={"Status": "Enabled" if after["versioning"] else "Suspended"})
        self._update_documents(after, keys)
        if "removal" in keys:
            self.set_tags({REMOVAL: after["removal"]})

    def _update_documents(self, after: Shape, keys: set[str]) -> None:
        rules, cors = after.get("lifecycle_rules"), after.get("cors")
        if "lifecycle_rules" in keys and rules:
            self._put("put_bucket_lifecycle_configuration", LifecycleConfiguration={"Rules": settings.to_lifecycle(rules)})
        elif "lifecycle_rules" in keys:
            self._put("delete_bucket_lifecycle")
        if "access_logs" in keys:
            self._put("put_bucket_logging", BucketLoggingStatus=settings.to_logging(after["access_logs"], self.raw["LoggingEnabled"]))
        if "cors" in keys and cors:
            self._put("put_bucket_cors", CORSConfiguration={"CORSRules": settings.to_cors(cors)})
        elif "cors" in keys:
            self._put("delete_bucket_cors")

    def set_tags(self, tags: dict[str, str]) -> None:
        self._write_tags({**self._tags_now(), **tags})

    def drop_tags(self, keys: list[str]) -> None:
        self._write_tags({key: value for key, value in self._tags_now().items() if key not in keys})

    def _tags_now(self) -> dict[str, str]:
        """All of them, also those that are not ours: S3 takes tags as a whole only."""
        self.aws.forget()
        return tag_dict(settings.read_setting(self.aws, self.identity.name, "TagSet"))

    def _write_tags(self, tags: dict[str, str]) -> None:
        self._put("put_bucket_tagging", Tagging={"TagSet": tag_list(tags)})

    # -- removing ----------------------------------------------------------------------------------------------

    def delete(self) -> None:
        """Remove it; where its tag says so, take its objects away first, page by page, until nobody puts more."""
        name, emptied = self.identity.name, self.to_shape(self.raw)["removal"] == EMPTY

        def look() -> tuple[bool, str]:
            if emptied and self._take_a_page():
                return False, "not empty"
            try:
                self.aws.call("s3", "delete_bucket", settled=("NoSuchBucket",), busy=BUSY, Bucket=name)
            except AwsFailure as error:
                if error_code(error) != "BucketNotEmpty":
                    raise
                if not emptied:
                    advice = "empty it, or keep it once with removal: empty, which a removal reads from the bucket's tag"
                    raise Refusal(f"bucket {name} holds objects, or versions of them, and its removal is {KEEP}; {advice}") from error
                return False, "not empty"
            return True, "gone"

        self.aws.waiter.until(look, f"bucket {name} to be removed", self.aws.timeout, most=0.5)

    def _take_a_page(self) -> bool:
        """Delete the next thousand versions and markers; whether there were any."""
        name = self.identity.name
        page = self.aws.call("s3", "list_object_versions", settled=("NoSuchBucket",), Bucket=name, MaxKeys=PAGE)
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if not found:
            return False
        objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
        answer = self.aws.call("s3", "delete_objects", busy=BUSY, Bucket=name, Delete={"Objects": objects, "Quiet": True})
        for one in answer.get("Errors", []):  # this call tells of failures in its answer and not by an error
            advice = "a lock, a legal hold or a policy keeps it; lift that, and run again"
            raise AwsFailure(f"Failed to delete {one.get('Key')} of bucket {name}: {one.get('Code')}: {one.get('Message')} ({advice})")
        return True


def _tags_listed(aws: Aws, bucket: str, stack: str) -> dict[str, str]:
    """The tags of a bucket of the account. One that goes has none; one that is closed to us is another's, unless it has our name."""
    try:
        return tag_dict(settings.read_setting(aws, bucket, "TagSet"))
    except AwsFailure as error:
        if error_code(error) == "NoSuchBucket" or (error_code(error) in DENIED and not bucket.startswith(f"{stack}-")):
            return {}
        raise
