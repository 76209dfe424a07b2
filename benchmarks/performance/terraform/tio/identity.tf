# One role for the three services, a policy for those who look after their hosts, and the roles that AWS's services have of their own.

resource "aws_iam_service_linked_role" "this" {
  for_each         = toset(["autoscaling.amazonaws.com", "elasticloadbalancing.amazonaws.com", "rds.amazonaws.com"])
  aws_service_name = each.value
}

data "aws_iam_policy_document" "assumed_by" {
  for_each = { hosts = "ec2.amazonaws.com", delivery = "codedeploy.amazonaws.com" }

  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = [each.value]
    }
  }
}

resource "aws_iam_role" "hosts" {
  name               = "TIO-EC2-Role"
  description        = "ec2_role of stack ${var.stack}"
  assume_role_policy = data.aws_iam_policy_document.assumed_by["hosts"].json
}

resource "aws_iam_instance_profile" "hosts" {
  name = "TIO-EC2-Role"
  role = aws_iam_role.hosts.name
}

resource "aws_iam_role_policy" "hosts" {
  name   = var.stack
  role   = aws_iam_role.hosts.name
  policy = data.aws_iam_policy_document.hosts.json
}

data "aws_iam_policy_document" "hosts" {
  statement {
    sid       = "CloudWatchAgentMetrics"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]
    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = ["CWAgent"]
    }
  }

  statement {
    sid       = "CloudWatchAgentDimensions"
    actions   = ["ec2:DescribeTags", "ec2:DescribeVolumes"]
    resources = ["*"]
  }

  statement {
    sid       = "SessionManager"
    actions   = ["ssm:UpdateInstanceInformation", "ssmmessages:*", "ec2messages:*"]
    resources = ["*"]
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.files.arn]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = [for service in module.service : "${service.log_group_arn}:*"]
  }

  statement {
    sid       = "Objects"
    actions   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = [for name in keys(local.services) : "${aws_s3_bucket.files.arn}/${name}/*"]
  }

  statement {
    sid       = "Revisions"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${aws_s3_bucket.files.arn}/revisions/*"]
  }

  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.files.arn]
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = [for name in keys(local.services) : "${name}/*"]
    }
  }

  statement {
    sid       = "Secret"
    actions   = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.database.arn]
  }
}

data "aws_iam_policy_document" "operators" {
  statement {
    sid       = "FindHosts"
    actions   = ["ec2:DescribeInstances", "ssm:DescribeInstanceInformation", "ssm:DescribeSessions", "ssm:GetConnectionStatus"]
    resources = ["*"]
  }

  statement {
    sid       = "StartOnOurHosts"
    actions   = ["ssm:StartSession"]
    resources = ["arn:aws:ec2:*:*:instance/*"]
    condition {
      test     = "StringEquals"
      variable = "ssm:resourceTag/Stack"
      values   = [var.stack]
    }
  }
}

resource "aws_iam_policy" "operators" {
  name        = "tio-operators"
  path        = "/${var.stack}/"
  description = "Sessions on the hosts of ${var.stack} alone"
  policy      = data.aws_iam_policy_document.operators.json
}
