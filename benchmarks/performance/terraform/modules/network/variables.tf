variable "name" {
  type = string
}

variable "region" {
  type = string
}

variable "zones" {
  description = "Letters of the zones."
  type        = list(string)
  default     = ["a", "b"]
}

variable "cidr" {
  type    = string
  default = "10.0.0.0/16"
}

variable "public_cidrs" {
  type    = list(string)
  default = ["10.0.0.0/20", "10.0.16.0/20"]
}

variable "private_cidrs" {
  type    = list(string)
  default = ["10.0.128.0/20", "10.0.144.0/20"]
}
