variable "stack" {
  type    = string
  default = "tio"
}

variable "node_health_path" {
  description = "Where the load balancer asks the Node servers for their health."
  type        = string
  default     = "/"
}

variable "database_password" {
  type      = string
  sensitive = true
  ephemeral = true
}
