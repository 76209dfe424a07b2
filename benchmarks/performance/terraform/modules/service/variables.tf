variable "stack" {
  type = string
}

variable "name" {
  type = string
}

variable "region" {
  type = string
}

variable "service" {
  type = object({
    title          = string
    description    = string
    security_group = string
    target_group   = string
    instance_type  = string
    image          = optional(string, "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")
    root_device    = optional(string, "/dev/xvda")
    root_size      = optional(number)
    port           = number
    priority       = number
    health_path    = optional(string, "/")
    warmup         = optional(number, 300)
    capacity       = object({ min = number, desired = number, max = number })
    scaling        = object({ name = string, metric = string, target = number })
  })
}

variable "vpc_id" {
  type = string
}

variable "subnet_ids" {
  type = list(string)
}

variable "instance_profile" {
  type = string
}

variable "listener_arn" {
  type = string
}

variable "load_balancer_suffix" {
  type = string
}

variable "group_metrics" {
  type = list(string)
  default = [
    "GroupAndWarmPoolDesiredCapacity", "GroupAndWarmPoolTotalCapacity", "GroupDesiredCapacity", "GroupInServiceCapacity", "GroupInServiceInstances",
    "GroupMaxSize", "GroupMinSize", "GroupPendingCapacity", "GroupPendingInstances", "GroupStandbyCapacity", "GroupStandbyInstances",
    "GroupTerminatingCapacity", "GroupTerminatingInstances", "GroupTotalCapacity", "GroupTotalInstances", "WarmPoolDesiredCapacity",
    "WarmPoolMinSize", "WarmPoolPendingCapacity", "WarmPoolTerminatingCapacity", "WarmPoolTotalCapacity", "WarmPoolWarmedCapacity",
  ]
}
