# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""S3: what a new bucket has, whose it is, and what AWS refuses of lifecycles, keys and ACLs."""
from __future__ import annotations

from collections import Counter
from typing import Any

from moto.core.responses import ActionResult
from moto.kms.models import kms_backends
from moto.s3.models import FakeBucket, PublicAccessBlock, s3_backends
from moto.s3.responses import S3Response

from ..call import Call
from ..clock import CLOCK
from ..dials import DIALS
from ..replies import AwsError, Reply
from . import ANY, after, before, patch

_DEFAULTS_PAGE = "S3 user guide: default-encryption-faq, access-control-block-public-access, about-object-ownership"
_INFREQUENT = ("STANDARD_IA", "ONEZONE_IA")
_ARCHIVES = ("GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")


def buckets_of(call: Call) -> dict[str, FakeBucket]:
    return s3_backends[call.account]["aws"].buckets


def bucket_of(call: Call) -> FakeBucket | None:
    return buckets_of(call).get(call.params.get("Bucket", ""))


def _gone(call: Call) -> dict[str, float]:
    """When each name was given up; kept where a reset forgets it."""
    return vars(s3_backends[call.account]["aws"]).setdefault("gone", {})


@before("s3", ANY, adds="another account's bucket is 403 to everybody who was not let in, and so is one that is not ExpectedBucketOwner's",
        source="API_HeadBucket; S3 user guide, bucket-owner-condition")  # fmt: skip
def keep_to_the_owner(call: Call) -> None:
    name = call.params.get("Bucket", "")
    _partition, owner = s3_backends.bucket_accounts.get(name, ("", call.account))
    named = call.params.get("ExpectedBucketOwner", owner)
    if call.operation != "CreateBucket" and (owner != call.account or (name in buckets_of(call) and named != owner)):
        raise AwsError("AccessDenied", "Access Denied", 403)


@before("s3", "CreateBucket", adds="`settle`: for that long after a delete the name is held (OperationAborted)",
        source="S3 user guide, DeletingBucket; API ErrorResponses: OperationAborted")  # fmt: skip
def wait_for_the_name(call: Call) -> None:
    if CLOCK.monotonic() - _gone(call).get(call.params["Bucket"], float("-inf")) < DIALS.settle:
        text = "A conflicting conditional operation is currently in progress against this resource. Please try again."
        raise AwsError("OperationAborted", text, 409)


@after("s3", "CreateBucket", adds="tags of the create call; a new bucket encrypts with S3's key, blocks public access and has no ACLs",
       source=f"API_CreateBucketConfiguration: Tags; {_DEFAULTS_PAGE}")  # fmt: skip
def dress_the_new_bucket(call: Call, reply: Reply) -> None:
    bucket = bucket_of(call)
    if bucket is None or bucket.encryption:  # us-east-1 answers a second create of one's own bucket with success
        return
    bucket.encryption = _own_encryption()
    bucket.public_access_block = PublicAccessBlock("true", "true", "true", "true")
    bucket.ownership_rule = bucket.ownership_rule or "BucketOwnerEnforced"
    tags = (call.params.get("CreateBucketConfiguration") or {}).get("Tags", [])
    s3_backends[call.account]["aws"].put_bucket_tagging(bucket.name, {tag["Key"]: tag["Value"] for tag in tags})


def _own_encryption() -> dict[str, Any]:
    return {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": "false"}}


@after("s3", "DeleteBucketEncryption", adds="what is left is S3's own key", source="API_DeleteBucketEncryption")
def encrypt_all_the_same(call: Call, reply: Reply) -> None:
    if bucket := bucket_of(call):
        bucket.encryption = _own_encryption()


@after("s3", "DeleteBucket", adds="tags end with their bucket", source="API_DeleteBucket")
def end_of_a_bucket(call: Call, reply: Reply) -> None:
    s3_backends[call.account]["aws"].tagger.delete_all_tags_for_resource(f"arn:aws:s3:::{call.params['Bucket']}")
    _gone(call)[call.params["Bucket"]] = CLOCK.monotonic()


@patch("s3", "ListBuckets", adds="pages by MaxBuckets and ContinuationToken, and tells each bucket's region", source="API_ListBuckets")
def list_in_pages() -> None:
    def all_buckets(self: Any) -> Any:
        self.data["Action"] = "ListBuckets"
        found = self.backend.list_buckets(self._get_param("prefix"), self._get_param("bucket-region"), None)
        start = self._get_param("continuation-token") or ""
        left = [bucket for bucket in sorted(found, key=lambda bucket: bucket.name) if bucket.name > start]
        most = int(self._get_param("max-buckets") or 10000)
        page = left[:most]
        said: dict[str, Any] = {"Owner": {"ID": "owner"}, "Buckets": [_listed(bucket) for bucket in page]}
        if len(left) > most:
            said["ContinuationToken"] = page[-1].name
        return self.serialized(ActionResult(said))

    S3Response.all_buckets = all_buckets


def _listed(bucket: FakeBucket) -> dict[str, str]:
    return {"Name": bucket.name, "CreationDate": bucket.creation_date_ISO8601, "BucketRegion": bucket.region_name, "BucketArn": bucket.arn}


@before("s3", "PutBucketLifecycleConfiguration", adds="ids once, an action in each rule, 30 days before an infrequent class, 30 more before an "
        "archive, and the end after the last transition", source="S3 user guide, lifecycle-transition-general-considerations; API_Transition")  # fmt: skip
def check_lifecycle(call: Call) -> None:
    rules = call.params["LifecycleConfiguration"]["Rules"]
    if any(times > 1 for rule_id, times in Counter(rule.get("ID") for rule in rules).items() if rule_id):
        raise AwsError("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule")
    for rule in rules:
        actions = ("Transitions", "Expiration", "NoncurrentVersionExpiration", "NoncurrentVersionTransitions", "AbortIncompleteMultipartUpload")
        if not any(rule.get(action) for action in actions):
            raise AwsError("InvalidRequest", "At least one action needs to be specified in a rule")
        _check_transitions(rule)


def _check_transitions(rule: dict[str, Any]) -> None:
    days = {each["StorageClass"]: each["Days"] for each in rule.get("Transitions", []) if "Days" in each}
    for name in _INFREQUENT:
        if days.get(name, 30) < 30:
            text = f"'Days' in Transition action must be greater than or equal to 30 for storageClass '{name}'"
            raise AwsError("InvalidArgument", text)
        for archive in _ARCHIVES:
            if name in days and days.get(archive, days[name] + 30) < days[name] + 30:
                text = f"'Days' in the 'Transition' action for StorageClass '{archive}' must be 30 days more than '{name}'"
                raise AwsError("InvalidArgument", text)
    last = (rule.get("Expiration") or {}).get("Days")
    if last is not None and last < 1:
        raise AwsError("InvalidArgument", "'Days' for Expiration action must be a positive integer")
    if last is not None and days and last <= max(days.values()):
        raise AwsError("InvalidArgument", "'Days' in the Expiration action must be greater than 'Days' in the Transition action")


@before("s3", "PutBucketAcl", "PutObjectAcl", adds="AccessControlListNotSupported where the owner owns every object; no public ACL where they are blocked",
        source="S3 user guide, about-object-ownership; access-control-block-public-access")  # fmt: skip
def check_acl(call: Call) -> None:
    bucket = bucket_of(call)
    if bucket and bucket.ownership_rule == "BucketOwnerEnforced":
        raise AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs")
    if bucket and bucket.public_access_block and bucket.public_access_block.block_public_acls and "public" in call.params.get("ACL", ""):
        raise AwsError("AccessDenied", "Access Denied", 403)


@before("s3", "PutBucketOwnershipControls", adds="InvalidBucketAclWithObjectOwnership while an ACL lets others in",
        source="S3 user guide, about-object-ownership")  # fmt: skip
def check_ownership(call: Call) -> None:
    bucket, rule = bucket_of(call), call.params["OwnershipControls"]["Rules"][0]["ObjectOwnership"]
    granted = bucket.acl.grants if bucket and bucket.acl else []
    if rule == "BucketOwnerEnforced" and any(grantee.uri for grant in granted for grantee in grant.grantees):
        text = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
        raise AwsError("InvalidBucketAclWithObjectOwnership", text)


@before("s3", "PutObject", "CopyObject", "CreateMultipartUpload", adds="KMS.NotFoundException where the bucket's key does not exist; setting it is not checked",
        source="API_PutBucketEncryption")  # fmt: skip
def encrypt_with_what_exists(call: Call) -> None:
    bucket = bucket_of(call)
    said = ((bucket.encryption or {}) if bucket else {}).get("Rule", {}).get("ApplyServerSideEncryptionByDefault", {})
    key = said.get("KMSMasterKeyID")
    keys = kms_backends[call.account][call.region]
    if key and keys.any_id_to_key_id(key) not in keys.keys:
        raise AwsError("KMS.NotFoundException", f"Key '{key}' does not exist")
