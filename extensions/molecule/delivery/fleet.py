# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An autoscaling group for the delivery to find, without instances.

python fleet.py stands|gone
"""

from __future__ import annotations

import sys

import boto3

NAME = "shop-web"


def main() -> None:
    ec2, autoscaling = boto3.client("ec2"), boto3.client("autoscaling")
    standing = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[NAME])["AutoScalingGroups"]
    if sys.argv[1] == "gone":
        autoscaling.delete_auto_scaling_group(AutoScalingGroupName=NAME, ForceDelete=True)
        ec2.delete_launch_template(LaunchTemplateName=NAME)
        for image in ec2.describe_images(Owners=["self"])["Images"]:
            ec2.deregister_image(ImageId=image["ImageId"])
    elif not standing:
        image = ec2.register_image(Name=NAME, RootDeviceName="/dev/xvda", Architecture="x86_64")["ImageId"]
        ec2.create_launch_template(LaunchTemplateName=NAME, LaunchTemplateData={"ImageId": image, "InstanceType": "t3.micro"})
        subnet = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"][0]["SubnetId"]
        template = {"LaunchTemplateName": NAME, "Version": "$Latest"}
        autoscaling.create_auto_scaling_group(AutoScalingGroupName=NAME, MinSize=0, MaxSize=1, LaunchTemplate=template, VPCZoneIdentifier=subnet)
        print("made")


if __name__ == "__main__":
    main()
