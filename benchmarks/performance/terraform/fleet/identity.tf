# One role for all hosts.

data "aws_iam_policy_document" "assumed_by_hosts" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "hosts" {
  statement {
    actions   = ["ssm:UpdateInstanceInformation", "ssmmessages:*", "ec2messages:*", "cloudwatch:PutMetricData", "ec2:DescribeTags", "ec2:DescribeVolumes"]
    resources = ["*"]
  }

  statement {
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = [for service in module.service : "${service.log_group_arn}:*"]
  }
}

resource "aws_iam_role" "hosts" {
  name               = "${var.stack}-hosts"
  assume_role_policy = data.aws_iam_policy_document.assumed_by_hosts.json
}

resource "aws_iam_instance_profile" "hosts" {
  name = "${var.stack}-hosts"
  role = aws_iam_role.hosts.name
}

resource "aws_iam_role_policy" "hosts" {
  name   = var.stack
  role   = aws_iam_role.hosts.name
  policy = data.aws_iam_policy_document.hosts.json
}
