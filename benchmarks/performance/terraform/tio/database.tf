# MySQL for the three services. The password goes to AWS and not to the state.

resource "aws_security_group" "database" {
  name        = "TIO-DB-SG"
  description = "MySQL for the three services"
  vpc_id      = module.network.vpc_id
  tags        = { Name = "TIO-DB-SG" }
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  for_each                     = module.service
  security_group_id            = aws_security_group.database.id
  description                  = "from ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = 3306
  to_port                      = 3306
  referenced_security_group_id = each.value.security_group_id
}

resource "aws_vpc_security_group_egress_rule" "database" {
  security_group_id = aws_security_group.database.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_secretsmanager_secret" "database" {
  name        = "tio/db/credentials"
  description = "Master user of tio-db"
}

resource "aws_secretsmanager_secret_version" "database" {
  secret_id                = aws_secretsmanager_secret.database.id
  secret_string_wo         = jsonencode({ username = aws_db_instance.this.username, password = var.database_password, host = aws_db_instance.this.address })
  secret_string_wo_version = 1
}

resource "aws_db_subnet_group" "this" {
  name        = "tio-db"
  description = "Subnets of tio-db"
  subnet_ids  = module.network.private_subnet_ids
}

resource "aws_db_parameter_group" "this" {
  name        = "tio-db"
  description = "Parameters of tio-db"
  family      = "mysql8.4"
}

resource "aws_db_instance" "this" {
  identifier                 = "tio-db"
  engine                     = "mysql"
  engine_version             = "8.4"
  instance_class             = "db.t4g.micro"
  allocated_storage          = 20
  max_allocated_storage      = 100
  storage_type               = "gp3"
  storage_encrypted          = true
  db_name                    = "tryiton"
  username                   = "admin"
  password_wo                = var.database_password
  password_wo_version        = 1
  port                       = 3306
  multi_az                   = false
  publicly_accessible        = false
  db_subnet_group_name       = aws_db_subnet_group.this.name
  parameter_group_name       = aws_db_parameter_group.this.name
  vpc_security_group_ids     = [aws_security_group.database.id]
  backup_retention_period    = 7
  copy_tags_to_snapshot      = true
  auto_minor_version_upgrade = true
  deletion_protection        = false
  skip_final_snapshot        = false
  final_snapshot_identifier  = "tio-db-last"
}

resource "aws_cloudwatch_metric_alarm" "database_cpu" {
  alarm_name          = "tio-db-cpu"
  alarm_description   = "The processor of tio-db is above 80 % for 15 minutes"
  namespace           = "AWS/RDS"
  metric_name         = "CPUUtilization"
  dimensions          = { DBInstanceIdentifier = aws_db_instance.this.identifier }
  statistic           = "Average"
  period              = 300
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 80
}

resource "aws_cloudwatch_metric_alarm" "database_storage" {
  alarm_name          = "tio-db-storage"
  alarm_description   = "Less than a tenth of the first storage of tio-db is free"
  namespace           = "AWS/RDS"
  metric_name         = "FreeStorageSpace"
  dimensions          = { DBInstanceIdentifier = aws_db_instance.this.identifier }
  statistic           = "Minimum"
  period              = 300
  evaluation_periods  = 3
  comparison_operator = "LessThanThreshold"
  threshold           = 2147483648
}
