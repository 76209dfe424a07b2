# CodeDeploy brings revisions to the hosts.

resource "aws_iam_role" "delivery" {
  name               = "tio-delivery"
  description        = "delivery of stack ${var.stack}"
  assume_role_policy = data.aws_iam_policy_document.assumed_by["delivery"].json
}

resource "aws_iam_role_policy_attachment" "delivery" {
  role       = aws_iam_role.delivery.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSCodeDeployRole"
}

resource "aws_codedeploy_app" "this" {
  name             = "TIO"
  compute_platform = "Server"
}

resource "aws_codedeploy_deployment_group" "this" {
  for_each               = module.service
  app_name               = aws_codedeploy_app.this.name
  deployment_group_name  = local.services[each.key].title
  deployment_config_name = "CodeDeployDefault.OneAtATime"
  service_role_arn       = aws_iam_role.delivery.arn
  autoscaling_groups     = [each.value.autoscaling_group_name]

  deployment_style {
    deployment_option = "WITH_TRAFFIC_CONTROL"
    deployment_type   = "IN_PLACE"
  }

  load_balancer_info {
    target_group_info {
      name = each.value.target_group_name
    }
  }

  auto_rollback_configuration {
    enabled = true
    events  = ["DEPLOYMENT_FAILURE"]
  }

  depends_on = [aws_iam_role_policy_attachment.delivery]
}
