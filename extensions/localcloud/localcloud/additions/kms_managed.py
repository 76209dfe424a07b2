# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""KMS: the keys that AWS makes for its own services, such as alias/aws/ebs, are not the customer's."""
from __future__ import annotations

from typing import Any

from moto.kms.models import Alias, KmsBackend

from . import patch


@patch("kms", "DescribeKey", adds="KeyManager is AWS for the keys that its services have made", source="API_KeyMetadata: KeyManager")
def say_who_manages() -> None:
    first = KmsBackend.create_alias

    def create(self: Any, target_key_id: str, alias_name: str) -> Alias:
        alias = first(self, target_key_id, alias_name)
        if alias_name.startswith("alias/aws/"):
            self.keys[self.get_key_id(target_key_id)].key_manager = "AWS"
        return alias

    KmsBackend.create_alias = create
