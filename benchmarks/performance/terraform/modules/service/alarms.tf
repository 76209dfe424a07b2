locals {
  target = { LoadBalancer = var.load_balancer_suffix, TargetGroup = aws_lb_target_group.this.arn_suffix }
  fleet  = { AutoScalingGroupName = aws_autoscaling_group.this.name }
  alarms = {
    unhealthy-hosts = {
      description = "A host of ${var.name} is unhealthy for five minutes", namespace = "AWS/ApplicationELB", metric = "UnHealthyHostCount"
      dimensions  = local.target, statistic = "Maximum", period = 60, periods = 5, threshold = 0, missing = "notBreaching"
    }
    "5xx" = {
      description = "${var.name} answers 5xx more than ten times in five minutes", namespace = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count"
      dimensions  = local.target, statistic = "Sum", period = 300, periods = 1, threshold = 10, missing = "notBreaching"
    }
    memory = {
      description = "The hosts of ${var.name} use more than 90 % of their memory for 15 minutes", namespace = "CWAgent", metric = "mem_used_percent"
      dimensions  = local.fleet, statistic = "Maximum", period = 300, periods = 3, threshold = 90, missing = "missing"
    }
    disk = {
      description = "The hosts of ${var.name} use more than 85 % of a disk for 15 minutes", namespace = "CWAgent", metric = "disk_used_percent"
      dimensions  = local.fleet, statistic = "Maximum", period = 300, periods = 3, threshold = 85, missing = "missing"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = local.alarms
  alarm_name          = "${var.stack}-${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = each.value.period
  evaluation_periods  = each.value.periods
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = each.value.missing
}
