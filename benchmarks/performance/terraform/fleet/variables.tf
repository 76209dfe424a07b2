variable "stack" {
  type    = string
  default = "fleet"
}

variable "services" {
  description = "The services by name: their ports, and the priorities of their rules."
  type        = map(object({ port = number, priority = number }))
}
