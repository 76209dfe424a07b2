# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Remove a network that a scenario was given, with its subnets and groups; its name is the argument."""

from __future__ import annotations

import sys

import boto3

ec2 = boto3.client("ec2")
for vpc in ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [sys.argv[1]]}])["Vpcs"]:
    within = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    for subnet in ec2.describe_subnets(Filters=within)["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    for group in ec2.describe_security_groups(Filters=within)["SecurityGroups"]:
        if group["GroupName"] != "default":
            ec2.delete_security_group(GroupId=group["GroupId"])
    ec2.delete_vpc(VpcId=vpc["VpcId"])
