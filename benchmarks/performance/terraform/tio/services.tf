locals {
  services = {
    spring = {
      title          = "TIO-Spring"
      description    = "Spring servers"
      security_group = "TIO-Spring-EC2-SG"
      target_group   = "TargetGroup-Spring-App"
      load_balancer  = "public_alb"
      clients        = ["public_alb"]
      instance_type  = "t3.micro"
      port           = 8080
      priority       = 10
      health_path    = "/actuator/health"
      warmup         = 180
      capacity       = { min = 2, desired = 2, max = 4 }
      scaling        = { name = "TIO-CPU-Scaling-Policy", metric = "cpu", target = 60 }
    }
    node = {
      title          = "TIO-Node"
      description    = "Node.js servers"
      security_group = "TIO-Node.js-EC2-SG"
      target_group   = "TargetGroup-Node-App"
      load_balancer  = "internal_alb"
      clients        = ["spring", "internal_alb"]
      instance_type  = "t3.micro"
      port           = 3000
      priority       = 10
      health_path    = var.node_health_path
      warmup         = 90
      capacity       = { min = 2, desired = 2, max = 4 }
      scaling        = { name = "tio-node-cpu", metric = "cpu", target = 60 }
    }
    python = {
      title          = "TIO-Python"
      description    = "Python servers"
      security_group = "TIO-Python-EC2-SG"
      target_group   = "TargetGroup-Python-App"
      load_balancer  = "internal_alb"
      clients        = ["spring", "internal_alb"]
      instance_type  = "g4dn.xlarge"
      image          = "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-22.04/latest/ami-id"
      root_device    = "/dev/sda1"
      root_size      = 100
      port           = 8000
      priority       = 20
      capacity       = { min = 1, desired = 1, max = 2 }
      scaling        = { name = "tio-python-requests", metric = "requests", target = 600 }
    }
  }

  load_balancers = { public_alb = module.public_alb, internal_alb = module.internal_alb }
}

module "network" {
  source = "../modules/network"
  name   = "tryiton-service"
  region = local.region
}

module "public_alb" {
  source                   = "../modules/load_balancer"
  name                     = "TIO-ALB"
  prefix                   = "tio-public-alb"
  description              = "Web traffic from the internet to the public load balancer"
  vpc_id                   = module.network.vpc_id
  subnet_ids               = module.network.public_subnet_ids
  ports                    = [80, 443]
  client_cidrs             = ["0.0.0.0/0"]
  default_target_group_arn = module.service["spring"].target_group_arn
}

module "internal_alb" {
  source        = "../modules/load_balancer"
  name          = "TIO-Internal-ALB"
  prefix        = "tio-internal-alb"
  description   = "Calls from Spring to the internal load balancer"
  internal      = true
  vpc_id        = module.network.vpc_id
  subnet_ids    = module.network.private_subnet_ids
  client_groups = { spring = module.service["spring"].security_group_id }
}

module "service" {
  source               = "../modules/service"
  for_each             = local.services
  stack                = var.stack
  name                 = each.key
  region               = local.region
  service              = each.value
  vpc_id               = module.network.vpc_id
  subnet_ids           = module.network.private_subnet_ids
  instance_profile     = aws_iam_instance_profile.hosts.name
  listener_arn         = local.load_balancers[each.value.load_balancer].listener_arn
  load_balancer_suffix = local.load_balancers[each.value.load_balancer].arn_suffix
}
