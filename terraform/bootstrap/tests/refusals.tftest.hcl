# What must not be planned, each with the variable whose message says how to mend it.
mock_provider "google" {
  override_during = plan

  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
  mock_data "google_storage_project_service_account" {
    defaults = { email_address = "service-123456789012@gs-project-accounts.iam.gserviceaccount.com" }
  }
  mock_data "google_bigquery_default_service_account" {
    defaults = { email = "bq-123456789012@bigquery-encryption.iam.gserviceaccount.com" }
  }
  mock_data "google_kms_crypto_key_version" {
    defaults = {
      id         = "//cloudkms.googleapis.com/v1/projects/data-prod-4711/locations/europe-west1/keyRings/pipeline-1/cryptoKeys/attestation-1/cryptoKeyVersions/1"
      public_key = [{ pem = "a public key", algorithm = "EC_SIGN_P256_SHA256" }]
    }
  }
}

variables {
  project_id = "data-prod-4711"
  region     = "europe-west1"
  repository = {
    name     = "acme/pipeline"
    id       = "987654321"
    owner_id = "1234567"
  }
  data_owner = "group:data-owners@example.com"
  operators  = ["group:operators@example.com"]
}

run "project_by_number" {
  command = plan

  variables {
    project_id = "123456789012"
  }

  expect_failures = [var.project_id]
}

run "unknown_region" {
  command = plan

  variables {
    region = "mars-north1"
  }

  expect_failures = [var.region]
}

run "small_letters_for_a_multi_region" {
  command = plan

  variables {
    data_location = "eu"
  }

  expect_failures = [var.data_location]
}

run "capitals_in_the_suffix" {
  command = plan

  variables {
    suffix = "A1"
  }

  expect_failures = [var.suffix]
}

run "suffix_too_long" {
  command = plan

  variables {
    suffix = "1234567"
  }

  expect_failures = [var.suffix]
}

run "repository_by_address" {
  command = plan

  variables {
    repository = { name = "https://github.com/acme/pipeline", id = "1", owner_id = "2" }
  }

  expect_failures = [var.repository]
}

run "repository_by_name_alone" {
  command = plan

  variables {
    repository = { name = "acme/pipeline", id = "acme/pipeline", owner_id = "acme" }
  }

  expect_failures = [var.repository]
}

run "quote_in_an_id" {
  command = plan

  variables {
    repository = { name = "acme/pipeline", id = "1' || true || '", owner_id = "2" }
  }

  expect_failures = [var.repository]
}

run "quote_in_a_name" {
  command = plan

  variables {
    repository = { name = "acme/pipe'line", id = "1", owner_id = "2" }
  }

  expect_failures = [var.repository]
}

run "machine_as_data_owner" {
  command = plan

  variables {
    data_owner = "serviceAccount:a@b.iam.gserviceaccount.com"
  }

  expect_failures = [var.data_owner]
}

run "everybody_as_data_owner" {
  command = plan

  variables {
    data_owner = "allAuthenticatedUsers"
  }

  expect_failures = [var.data_owner]
}

run "everybody_as_operator" {
  command = plan

  variables {
    operators = ["allUsers"]
  }

  expect_failures = [var.operators]
}

run "domain_as_operator" {
  command = plan

  variables {
    operators = ["domain:example.com"]
  }

  expect_failures = [var.operators]
}

run "unknown_protection" {
  command = plan

  variables {
    key_protection_level = "EXTERNAL"
  }

  expect_failures = [var.key_protection_level]
}

run "attestor_without_a_key" {
  command = plan

  variables {
    attestation_key_versions = []
  }

  expect_failures = [var.attestation_key_versions]
}

run "key_version_before_the_first" {
  command = plan

  variables {
    attestation_key_versions = [0]
  }

  expect_failures = [var.attestation_key_versions]
}

run "key_version_twice" {
  command = plan

  variables {
    attestation_key_versions = [1, 1]
  }

  expect_failures = [var.attestation_key_versions]
}

run "nothing_to_roll_back_to" {
  command = plan

  variables {
    kept_images = 1
  }

  expect_failures = [var.kept_images]
}

run "billing_account_by_name" {
  command = plan

  variables {
    billing_account = "My billing account"
  }

  expect_failures = [var.billing_account]
}

run "budget_of_nothing" {
  command = plan

  variables {
    monthly_budget = 0
  }

  expect_failures = [var.monthly_budget]
}

run "budget_told_to_an_address" {
  command = plan

  variables {
    billing_account = "012345-6789AB-CDEF01"
    budget_channels = ["on-call@example.com"]
  }

  expect_failures = [var.budget_channels]
}

run "budget_told_to_another_project" {
  command = plan

  variables {
    billing_account = "012345-6789AB-CDEF01"
    budget_channels = ["projects/other-project/notificationChannels/1"]
  }

  expect_failures = [var.budget_channels]
}

run "channels_without_a_budget" {
  command = plan

  variables {
    budget_channels = ["projects/data-prod-4711/notificationChannels/1"]
  }

  expect_failures = [var.budget_channels]
}
