variable "name" {
  type = string
}

variable "prefix" {
  description = "What the names of its alarms begin with."
  type        = string
}

variable "description" {
  description = "Of its security group."
  type        = string
}

variable "vpc_id" {
  type = string
}

variable "subnet_ids" {
  type = list(string)
}

variable "internal" {
  type    = bool
  default = false
}

variable "ports" {
  type    = list(number)
  default = [80]
}

variable "client_cidrs" {
  type    = list(string)
  default = []
}

variable "client_groups" {
  description = "Security groups that may call it, by their service's name."
  type        = map(string)
  default     = {}
}

variable "default_target_group_arn" {
  description = "Where what no rule matches goes; without it, 404."
  type        = string
  default     = null
}
