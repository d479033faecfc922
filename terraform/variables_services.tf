# What a service may use, and how it behaves. The defaults are the services' own (README, Settings).
locals {
  unit_ms = { ms = 1, s = 1000, m = 60000, h = 3600000, d = 86400000 }
}

variable "api" {
  type = object({
    threads               = optional(number, 16)
    cpu                   = optional(string, "1")
    memory                = optional(string, "512Mi")
    min_instances         = optional(number, 0)
    max_instances         = optional(number, 10)
    default_lookback      = optional(string, "7d")
    dedup_window          = optional(string, "1d")
    cache_ttl             = optional(string, "2s")
    query_timeout         = optional(string, "5s")
    max_bytes_billed      = optional(number, 1073741824)
    rate_limit_per_minute = optional(number, 600)
  })
  default     = {}
  description = "data-api: threads of an instance (Cloud Run sends it as many requests at a time), vCPUs, memory, instances, and its settings (durations as 500ms, 2s, 15m, 24h, 7d; bytes; requests a minute of one caller to one instance)."

  validation {
    condition     = var.api.threads >= 1 && var.api.threads <= 1000 && floor(var.api.threads) == var.api.threads
    error_message = "api.threads is a whole number from 1 to 1000."
  }

  validation {
    condition     = var.api.min_instances >= 0 && var.api.max_instances >= 1 && var.api.min_instances <= var.api.max_instances && var.api.max_instances <= 1000
    error_message = "api.min_instances is at least 0 and at most api.max_instances, which is 1 to 1000: without a limit an attacker decides what you pay."
  }

  validation {
    condition     = contains(["1", "2", "4", "8"], var.api.cpu) && can(regex("^[1-9][0-9]*(Mi|Gi)$", var.api.memory))
    error_message = "api.cpu is \"1\", \"2\", \"4\" or \"8\" vCPUs; api.memory is written as 512Mi or 2Gi. Other spellings would show as a change in each plan."
  }

  # The limits are the service's own (app/settings.py), which would not start beyond them.
  validation {
    condition = alltrue([
      for name, limits_ms in {
        default_lookback = [60000, 31622400000]
        dedup_window     = [0, 2678400000]
        cache_ttl        = [0, 300000]
        query_timeout    = [100, 8000]
      } :
      can(regex("^[0-9]{1,9}(ms|s|m|h|d)$", var.api[name])) ? alltrue([
        for given_ms in [tonumber(regex("^[0-9]+", var.api[name])) * local.unit_ms[regex("[a-z]+$", var.api[name])]] :
        given_ms >= limits_ms[0] && given_ms <= limits_ms[1]
      ]) : false
    ])
    error_message = "Durations are written as 500ms, 2s, 15m, 24h or 7d: api.default_lookback from 1m to 366d, dedup_window up to 31d, cache_ttl up to 5m, query_timeout from 100ms to 8s."
  }

  validation {
    condition     = var.api.max_bytes_billed >= 10485760 && var.api.max_bytes_billed <= pow(2, 50) && floor(var.api.max_bytes_billed) == var.api.max_bytes_billed
    error_message = "api.max_bytes_billed is a whole number of bytes from 10485760 (BigQuery bills 10 MB for each query) to 1125899906842624."
  }

  validation {
    condition     = var.api.rate_limit_per_minute >= 1 && var.api.rate_limit_per_minute <= 10000000 && floor(var.api.rate_limit_per_minute) == var.api.rate_limit_per_minute
    error_message = "api.rate_limit_per_minute is a whole number from 1 to 10000000."
  }
}

variable "function" {
  type = object({
    threads           = optional(number, 64)
    cpu               = optional(string, "1")
    memory            = optional(string, "1Gi")
    min_instances     = optional(number, 0)
    max_instances     = optional(number, 10)
    delivery_deadline = optional(string, "8s")
    batch_linger      = optional(string, "3ms")
  })
  default     = {}
  description = "pubsub-to-bigquery: threads of an instance (and so rows of a batch), vCPUs, memory, instances, and its settings (durations as 3ms or 8s)."

  validation {
    condition     = var.function.threads >= 1 && var.function.threads <= 1000 && floor(var.function.threads) == var.function.threads
    error_message = "function.threads is a whole number from 1 to 1000."
  }

  validation {
    condition     = var.function.min_instances >= 0 && var.function.max_instances >= 1 && var.function.min_instances <= var.function.max_instances && var.function.max_instances <= 1000
    error_message = "function.min_instances is at least 0 and at most function.max_instances, which is 1 to 1000."
  }

  validation {
    condition     = contains(["1", "2", "4", "8"], var.function.cpu) && can(regex("^[1-9][0-9]*(Mi|Gi)$", var.function.memory))
    error_message = "function.cpu is \"1\", \"2\", \"4\" or \"8\" vCPUs; function.memory is written as 512Mi or 2Gi. Other spellings would show as a change in each plan."
  }

  # A deadline past the subscription's 10 s would let a second delivery start beside the first, and one past
  # Cloud Run's 10 s after SIGTERM would be cut off: the function itself refuses to start (function/settings.py).
  validation {
    condition = alltrue([
      for name, limits_ms in { delivery_deadline = [100, 8000], batch_linger = [0, 1000] } :
      can(regex("^[0-9]{1,9}(ms|s)$", var.function[name])) ? alltrue([
        for given_ms in [tonumber(regex("^[0-9]+", var.function[name])) * local.unit_ms[regex("[a-z]+$", var.function[name])]] :
        given_ms >= limits_ms[0] && given_ms <= limits_ms[1]
      ]) : false
    ])
    error_message = "Durations are written as 3ms or 8s: function.delivery_deadline from 100ms to 8s, batch_linger up to 1s."
  }
}
