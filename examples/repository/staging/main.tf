module "network" {
  source = "../modules/network"
  name   = "staging"
}

output "network" { value = module.network.network }
