# An application load balancer with its security group, its listener for HTTP and the alarm of its own errors.

resource "aws_security_group" "this" {
  name        = "${var.name}-SG"
  description = var.description
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-SG" }
}

resource "aws_vpc_security_group_ingress_rule" "cidr" {
  for_each          = { for one in setproduct(var.ports, var.client_cidrs) : "${one[0]}-${one[1]}" => one }
  security_group_id = aws_security_group.this.id
  ip_protocol       = "tcp"
  from_port         = each.value[0]
  to_port           = each.value[0]
  cidr_ipv4         = each.value[1]
}

resource "aws_vpc_security_group_ingress_rule" "group" {
  for_each                     = { for one in setproduct(var.ports, keys(var.client_groups)) : "${one[0]}-${one[1]}" => one }
  security_group_id            = aws_security_group.this.id
  ip_protocol                  = "tcp"
  from_port                    = each.value[0]
  to_port                      = each.value[0]
  referenced_security_group_id = var.client_groups[each.value[1]]
}

resource "aws_vpc_security_group_egress_rule" "all" {
  security_group_id = aws_security_group.this.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_lb" "this" {
  name                       = var.name
  internal                   = var.internal
  load_balancer_type         = "application"
  security_groups            = [aws_security_group.this.id]
  subnets                    = var.subnet_ids
  drop_invalid_header_fields = true
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type             = var.default_target_group_arn == null ? "fixed-response" : "forward"
    target_group_arn = var.default_target_group_arn

    dynamic "fixed_response" {
      for_each = var.default_target_group_arn == null ? [404] : []
      content {
        content_type = "text/plain"
        status_code  = fixed_response.value
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "${var.prefix}-5xx"
  alarm_description   = "${var.name} itself answers 5xx more than ten times in five minutes"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HTTPCode_ELB_5XX_Count"
  dimensions          = { LoadBalancer = aws_lb.this.arn_suffix }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 10
  treat_missing_data  = "notBreaching"
}
