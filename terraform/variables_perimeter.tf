# The optional network around the services: who gets to the API, and where the services themselves get to.
# Both need `network_perimeter = true` in bootstrap, and terraform/organization/ the same two values.
variable "api_ingress" {
  type        = string
  default     = "all"
  description = "How callers reach the API. all: at Cloud Run's own address, where IAM refuses whoever is not on the list. load_balancer: at `domain` alone, past Cloud Armor, and then IAM. Changed on a running pipeline, callers wait until the certificate is there, up to an hour."

  validation {
    condition     = contains(["all", "load_balancer"], var.api_ingress)
    error_message = "Use all or load_balancer."
  }

  validation {
    condition     = var.api_ingress != "load_balancer" || var.foundation.network_perimeter
    error_message = "CI may not manage a load balancer yet: set network_perimeter = true in terraform/bootstrap/terraform.tfvars and run make bootstrap."
  }

  validation {
    condition     = var.api_ingress != "load_balancer" || var.domain != null
    error_message = "A perimeter without a way in: the load balancer answers to a domain, and the API's own address is closed behind it. Set domain, for example data.example.com, or api_ingress = \"all\"."
  }

  validation {
    condition     = var.api_ingress == "load_balancer" || var.domain == null
    error_message = "With a domain and api_ingress = \"all\" everyone could go round the load balancer. Set api_ingress = \"load_balancer\", or take domain away."
  }
}

variable "domain" {
  type        = string
  default     = null
  description = "The load balancer's host name, for example data.example.com. It and candidate.DOMAIN must lead to the address in the output load_balancer before Google issues the certificate."

  validation {
    condition     = var.domain == null ? true : can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$", var.domain))
    error_message = "Give a host name in small letters, for example data.example.com: no https://, no path, no port, no wildcard and no dot at the end."
  }

  validation {
    condition     = var.domain == null ? true : length("candidate.${var.domain}") <= 63
    error_message = "candidate.DOMAIN has to fit into the 63 characters of a Google-managed certificate: use a domain of at most 53."
  }
}

variable "allowed_ip_ranges" {
  type        = list(string)
  default     = ["*"]
  description = "From where the load balancer takes requests: [\"*\"] for anywhere, or up to 100 ranges as 203.0.113.0/24 or 2001:db8::/32."

  validation {
    condition     = contains(var.allowed_ip_ranges, "*") ? length(var.allowed_ip_ranges) == 1 : alltrue([for range in var.allowed_ip_ranges : can(cidrhost(range, 0))])
    error_message = "Write [\"*\"] alone, or ranges such as 203.0.113.0/24; a single address is 203.0.113.7/32."
  }

  validation {
    condition     = alltrue([for range in var.allowed_ip_ranges : !can(regex("/0+$", range))])
    error_message = "A range that ends in /0 is anywhere: write [\"*\"], so that it is seen."
  }

  validation {
    condition     = length(var.allowed_ip_ranges) >= 1 && length(var.allowed_ip_ranges) <= 100
    error_message = "A perimeter without a way in: give 1 to 100 ranges, or [\"*\"] for anywhere."
  }

  validation {
    condition     = contains(var.allowed_ip_ranges, "*") || length(var.probe_ip_ranges) > 0
    error_message = "The release's smoke test and the uptime check would be refused: give their addresses in probe_ip_ranges (those of a runner with fixed addresses, and `gcloud monitoring uptime list-ips`), or allow [\"*\"]."
  }
}

variable "probe_ip_ranges" {
  type        = list(string)
  default     = []
  description = "From where smoke test and uptime check come, where allowed_ip_ranges does not hold it already: up to 100 ranges."

  validation {
    condition     = length(var.probe_ip_ranges) <= 100 && alltrue([for range in var.probe_ip_ranges : can(cidrhost(range, 0)) && !can(regex("/0+$", range))])
    error_message = "Give at most 100 ranges such as 203.0.113.0/24; a single address is 203.0.113.7/32, and anywhere is allowed_ip_ranges = [\"*\"]."
  }
}

variable "requests_per_minute_per_ip" {
  type        = number
  default     = 1200
  description = "Requests a minute that one address may make at the load balancer; what is more gets a 429. Callers behind one NAT share it. The API counts each caller by itself (api.rate_limit_per_minute)."

  validation {
    condition     = var.requests_per_minute_per_ip >= 1 && var.requests_per_minute_per_ip <= 1000000 && floor(var.requests_per_minute_per_ip) == var.requests_per_minute_per_ip
    error_message = "requests_per_minute_per_ip is a whole number from 1 to 1000000 (Cloud Armor's limit)."
  }
}

variable "egress" {
  type        = string
  default     = "internet"
  description = "Where the services' own connections go. internet: anywhere. vpc: through a network that leads to Google's APIs and nowhere else."

  validation {
    condition     = contains(["internet", "vpc"], var.egress)
    error_message = "Use internet or vpc."
  }

  validation {
    condition     = var.egress != "vpc" || var.foundation.network_perimeter
    error_message = "CI may not manage a network yet: set network_perimeter = true in terraform/bootstrap/terraform.tfvars and run make bootstrap."
  }
}

variable "subnet_range" {
  type        = string
  default     = "10.8.0.0/24"
  description = "Private range of the services' subnet. Cloud Run takes about two addresses for each instance, and more while revisions change, from at least a /26."

  validation {
    condition = (
      can(cidrhost(var.subnet_range, 0))
      ? cidrsubnet(var.subnet_range, 0, 0) == var.subnet_range && anytrue([
        can(regex("^10\\..*/([89]|1[0-9]|2[0-6])$", var.subnet_range)),
        can(regex("^172\\.(1[6-9]|2[0-9]|3[01])\\..*/(1[2-9]|2[0-6])$", var.subnet_range)),
        can(regex("^192\\.168\\..*/(1[6-9]|2[0-6])$", var.subnet_range)),
      ])
      : false
    )
    error_message = "Give a private range of /26 or larger that begins at its first address, for example 10.8.0.0/24."
  }

  validation {
    condition     = can(cidrhost(var.subnet_range, 0)) ? pow(2, 32 - tonumber(split("/", var.subnet_range)[1])) >= 4 * (var.api.max_instances + var.function.max_instances) : true
    error_message = "The subnet is too small for api.max_instances and function.max_instances: Cloud Run takes two addresses for each, and as many again while a new revision takes over. Give a larger range, for example 10.8.0.0/20."
  }
}
