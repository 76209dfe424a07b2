# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Say what stands in the account that the environment names, and how to look around in it with any AWS client.

    python tools/what_stands.py      # as a client: AWS_ENDPOINT_URL, AWS_REGION and keys are set

An independent reader: it asks EC2 what is tagged as a stack's own, and knows nothing of the collection's plans.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict

import boto3

CLIENT_SETTINGS = ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


def standing() -> list[tuple[str, str, str]]:
    """List what belongs to a stack: (type, id, name), in EC2's own words."""
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for page in boto3.client("ec2").get_paginator("describe_tags").paginate():
        for tag in page["Tags"]:
            found[tag["ResourceType"], tag["ResourceId"]][tag["Key"]] = tag["Value"]
    return sorted((*what, tags.get("Name", "")) for what, tags in found.items() if "groundwork:stack" in tags)


def main() -> None:
    endpoint, region, *_keys = settings = [os.environ[name] for name in CLIENT_SETTINGS]
    if not (resources := standing()):
        sys.exit(f"Nothing of a stack stands in {region} at {endpoint}")
    print(f"\nWhat stands in {region} at {endpoint}:")
    for kind, identifier, name in resources:
        print(f"  {kind:<20} {identifier:<28} {name}")
    print("\nLook around with any AWS client:")
    print("  export", *(f"{name}={value}" for name, value in zip(CLIENT_SETTINGS, settings, strict=True)))
    print("  aws ec2 describe-vpcs")
    print(f"""  {sys.executable} -c 'import boto3; print(boto3.client("ec2").describe_vpcs()["Vpcs"])'""")
    print("Stop it: make down")


if __name__ == "__main__":
    main()
