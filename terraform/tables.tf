locals {
  tables = {
    rows = [
      for column in local.contract : merge(
        column,
        contains(keys(var.policy_tags), column.name) ? { policyTags = { names = [var.policy_tags[column.name]] } } : {},
      )
    ]
    quarantine = jsondecode(file("${path.module}/../schema/quarantine_table.json"))
  }
}

# A query that names no time is refused instead of reading everything.
resource "google_bigquery_table" "rows" {
  project                  = var.project_id
  dataset_id               = google_bigquery_dataset.analytics.dataset_id
  table_id                 = "example_table"
  description              = "One row for each delivery of a record; readers drop repetitions."
  schema                   = jsonencode(local.tables.rows)
  clustering               = ["id"]
  require_partition_filter = true
  deletion_protection      = var.protected

  time_partitioning {
    type          = "DAY"
    field         = "publish_time"
    expiration_ms = var.retention_days.rows * 86400000
  }

  encryption_configuration {
    kms_key_name = var.foundation.keys.tables
  }
}

resource "google_bigquery_table" "quarantine" {
  project                  = var.project_id
  dataset_id               = google_bigquery_dataset.analytics.dataset_id
  table_id                 = "example_table_quarantine"
  description              = "Messages that can never become a row, whole."
  schema                   = jsonencode(local.tables.quarantine)
  clustering               = ["reason"]
  require_partition_filter = true
  deletion_protection      = var.protected

  time_partitioning {
    type          = "DAY"
    field         = "publish_time"
    expiration_ms = var.retention_days.quarantine * 86400000
  }

  encryption_configuration {
    kms_key_name = var.foundation.keys.tables
  }
}

# The API reads the rows, and nothing else of the dataset.
resource "google_bigquery_table_iam_binding" "readers" {
  project    = var.project_id
  dataset_id = google_bigquery_dataset.analytics.dataset_id
  table_id   = google_bigquery_table.rows.table_id
  role       = var.foundation.roles.table_reader
  members    = [local.members.api]
}

# Who ingests adds rows, and cannot read them back: the function, or Pub/Sub where it writes itself.
resource "google_bigquery_table_iam_binding" "writers" {
  project    = var.project_id
  dataset_id = google_bigquery_dataset.analytics.dataset_id
  table_id   = google_bigquery_table.rows.table_id
  role       = var.foundation.roles.table_writer
  members    = [local.pushes ? local.members.function : local.pubsub_agent]
}

# The function puts poison aside. A BigQuery subscription has no quarantine.
resource "google_bigquery_table_iam_binding" "quarantine_writer" {
  count = local.pushes ? 1 : 0

  project    = var.project_id
  dataset_id = google_bigquery_dataset.analytics.dataset_id
  table_id   = google_bigquery_table.quarantine.table_id
  role       = var.foundation.roles.table_writer
  members    = [local.members.function]
}

# Operators look at poison; no machine does.
resource "google_bigquery_table_iam_binding" "quarantine_readers" {
  count = length(var.foundation.operators) == 0 ? 0 : 1

  project    = var.project_id
  dataset_id = google_bigquery_dataset.analytics.dataset_id
  table_id   = google_bigquery_table.quarantine.table_id
  role       = var.foundation.roles.table_reader
  members    = var.foundation.operators
}
