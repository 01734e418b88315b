variable "name" { type = string }

output "network" { value = "network-${var.name}" }
