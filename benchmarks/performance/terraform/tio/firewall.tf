# Who may call which service. Outside of the module, for services call one another.

locals {
  security_groups = { for name, one in merge(local.load_balancers, module.service) : name => one.security_group_id }
  calls = merge([for name, service in local.services : {
    for client in service.clients : "${name}-from-${client}" => { service = name, client = client, port = service.port }
  }]...)
}

resource "aws_vpc_security_group_ingress_rule" "service" {
  for_each                     = local.calls
  security_group_id            = local.security_groups[each.value.service]
  description                  = "from ${each.value.client}"
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
  referenced_security_group_id = local.security_groups[each.value.client]
}
