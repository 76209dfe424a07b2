# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whose a key is: that of an encrypted volume for which none was named is AWS's."""
from __future__ import annotations

from typing import Any

from localcloud import LocalCloud

from .conftest import REGION, client_of


def test_the_key_that_ebs_has_made_is_aws_own_and_another_one_is_the_customers(cloud: LocalCloud, ec2: Any) -> None:
    kms = client_of(cloud.endpoint, "kms")
    ours = kms.create_key()["KeyMetadata"]["KeyId"]
    volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1, Encrypted=True)
    managers = {key: kms.describe_key(KeyId=key)["KeyMetadata"]["KeyManager"] for key in (ours, volume["KmsKeyId"], "alias/aws/rds")}
    assert managers == {ours: "CUSTOMER", volume["KmsKeyId"]: "AWS", "alias/aws/rds": "AWS"}
