module "network" {
  source = "../modules/network"
  name   = "production"
}

output "network" { value = module.network.network }
