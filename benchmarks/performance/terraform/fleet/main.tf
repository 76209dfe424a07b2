# As many services as are asked for, behind one load balancer.

resource "aws_iam_service_linked_role" "this" {
  for_each         = toset(["autoscaling.amazonaws.com", "elasticloadbalancing.amazonaws.com"])
  aws_service_name = each.value
}

module "network" {
  source = "../modules/network"
  name   = var.stack
  region = local.region
}

module "door" {
  source       = "../modules/load_balancer"
  name         = "${var.stack}-door"
  prefix       = "${var.stack}-door"
  description  = "Web traffic from the internet"
  vpc_id       = module.network.vpc_id
  subnet_ids   = module.network.public_subnet_ids
  client_cidrs = ["0.0.0.0/0"]
}

module "service" {
  source   = "../modules/service"
  for_each = var.services
  stack    = var.stack
  name     = each.key
  region   = local.region
  service = {
    title          = "${var.stack}-${each.key}"
    description    = "Servers of ${each.key}"
    security_group = "${var.stack}-${each.key}"
    target_group   = "${var.stack}-${each.key}"
    instance_type  = "t3.micro"
    port           = each.value.port
    priority       = each.value.priority
    capacity       = { min = 1, desired = 1, max = 2 }
    scaling        = { name = "${var.stack}-${each.key}-cpu", metric = "cpu", target = 60 }
  }
  vpc_id               = module.network.vpc_id
  subnet_ids           = module.network.private_subnet_ids
  instance_profile     = aws_iam_instance_profile.hosts.name
  listener_arn         = module.door.listener_arn
  load_balancer_suffix = module.door.arn_suffix
}

resource "aws_vpc_security_group_ingress_rule" "service" {
  for_each                     = var.services
  security_group_id            = module.service[each.key].security_group_id
  description                  = "from door"
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
  referenced_security_group_id = module.door.security_group_id
}
