output "security_group_id" {
  value = aws_security_group.this.id
}

output "target_group_arn" {
  value = aws_lb_target_group.this.arn
}

output "target_group_name" {
  value = aws_lb_target_group.this.name
}

output "autoscaling_group_name" {
  value = aws_autoscaling_group.this.name
}

output "log_group_arn" {
  value = aws_cloudwatch_log_group.this.arn
}
