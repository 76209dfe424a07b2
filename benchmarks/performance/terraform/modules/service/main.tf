# A fleet behind a load balancer: its security group, where it is registered, its hosts, how it scales, what it logs, and what wakes somebody.

locals {
  by_requests = var.service.scaling.metric == "requests"
  host_tags   = { Name = "${var.service.title}-Server", Service = "${var.stack}-${var.name}" }
}

resource "aws_security_group" "this" {
  name        = var.service.security_group
  description = var.service.description
  vpc_id      = var.vpc_id
  tags        = { Name = var.service.security_group }
}

resource "aws_vpc_security_group_egress_rule" "all" {
  security_group_id = aws_security_group.this.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_lb_target_group" "this" {
  name     = var.service.target_group
  port     = var.service.port
  protocol = "HTTP"
  vpc_id   = var.vpc_id

  health_check {
    path = var.service.health_path
  }
}

resource "aws_lb_listener_rule" "this" {
  listener_arn = var.listener_arn
  priority     = var.service.priority
  tags         = { Name = "${var.stack}-${var.name}" }

  condition {
    path_pattern {
      values = ["/api/${var.name}/*"]
    }
  }

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }
}

data "aws_ssm_parameter" "image" {
  name = var.service.image
}

resource "aws_launch_template" "this" {
  name                   = "${var.service.title}-LT"
  image_id               = data.aws_ssm_parameter.image.insecure_value
  instance_type          = var.service.instance_type
  vpc_security_group_ids = [aws_security_group.this.id]
  user_data              = base64encode(templatefile("${path.module}/user_data.sh", { service = "${var.stack}-${var.name}", log_group = aws_cloudwatch_log_group.this.name }))
  update_default_version = true

  iam_instance_profile {
    name = var.instance_profile
  }

  block_device_mappings {
    device_name = var.service.root_device
    ebs {
      encrypted             = true
      delete_on_termination = true
      volume_type           = "gp3"
      volume_size           = var.service.root_size
    }
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
    instance_metadata_tags      = "disabled"
  }

  dynamic "tag_specifications" {
    for_each = ["instance", "network-interface", "volume"]
    content {
      resource_type = tag_specifications.value
      tags          = local.host_tags
    }
  }
}

resource "aws_autoscaling_group" "this" {
  name                      = "${var.service.title}-ASG"
  min_size                  = var.service.capacity.min
  desired_capacity          = var.service.capacity.desired
  max_size                  = var.service.capacity.max
  vpc_zone_identifier       = var.subnet_ids
  target_group_arns         = [aws_lb_target_group.this.arn]
  health_check_type         = "EC2"
  health_check_grace_period = 300
  default_instance_warmup   = var.service.warmup
  enabled_metrics           = var.group_metrics

  # As on the other sides, nobody waits for the applications to answer.
  wait_for_capacity_timeout = "0"

  launch_template {
    id      = aws_launch_template.this.id
    version = aws_launch_template.this.latest_version
  }

  tag {
    key                 = "Name"
    value               = "${var.service.title}-Server"
    propagate_at_launch = true
  }
}

resource "aws_autoscaling_policy" "this" {
  name                   = var.service.scaling.name
  autoscaling_group_name = aws_autoscaling_group.this.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = var.service.scaling.target

    predefined_metric_specification {
      predefined_metric_type = local.by_requests ? "ALBRequestCountPerTarget" : "ASGAverageCPUUtilization"
      resource_label         = local.by_requests ? "${var.load_balancer_suffix}/${aws_lb_target_group.this.arn_suffix}" : null
    }
  }

  # Requests for each target can be counted once a rule leads there.
  depends_on = [aws_lb_listener_rule.this]
}
