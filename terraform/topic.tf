# What comes in: the topic that publishers write to, and the schema that refuses a malformed message there.

# Protocol Buffers and not Avro: with JSON encoding, Avro wants {"name": {"string": "x"}} for a nullable
# field, while this takes {"id": 1, "name": "x"}. What it cannot say (a required field), the function does.
locals {
  proto_types = { INTEGER = "int64", FLOAT = "double", BOOLEAN = "bool", STRING = "string" }
  # The pipeline writes these columns itself (servicekit/contract.py); all others are the publisher's.
  metadata_columns = ["message_id", "publish_time", "attributes", "ingest_time", "subscription_name"]
  payload          = [for column in local.contract : column if !contains(local.metadata_columns, column.name)]
}

resource "google_pubsub_schema" "record" {
  project = var.project_id
  name    = "data-ingest-record"
  type    = "PROTOCOL_BUFFER"

  # A field keeps its number as long as new columns come after the old ones.
  definition = join("\n", concat(
    ["syntax = \"proto3\";", "", "message Record {"],
    [for index, column in local.payload : "  optional ${local.proto_types[column.type]} ${column.name} = ${index + 1};"],
    ["}", ""],
  ))
}

resource "google_pubsub_topic" "ingest" {
  project                    = var.project_id
  name                       = "data-ingest-topic"
  kms_key_name               = var.foundation.keys.topics
  message_retention_duration = "${var.retention_days.messages * 86400}s"
  deletion_policy            = local.deletion_policy

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  schema_settings {
    schema   = "${local.project}/schemas/${google_pubsub_schema.record.name}"
    encoding = "JSON"
  }
}

# Only the named publishers write, and the smoke test, whose rows tell what they are.
resource "google_pubsub_topic_iam_binding" "publishers" {
  project = var.project_id
  topic   = google_pubsub_topic.ingest.name
  role    = "roles/pubsub.publisher"
  members = concat([local.members.smoke], var.publishers)
}
