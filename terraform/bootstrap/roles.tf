# Custom roles, since Google's own hold more: bigquery.dataEditor on a dataset has 59 permissions where
# an insert needs two. What each permission is for is in access/methods.toml, and a test finds one that
# no call needs.
locals {
  custom_roles = {
    # At run time.
    query_runner = ["bigquery.jobs.create"]
    table_reader = ["bigquery.tables.get", "bigquery.tables.getData"]
    table_writer = ["bigquery.tables.get", "bigquery.tables.updateData"]

    # Images and what is said about them.
    image_pusher = [
      "artifactregistry.repositories.downloadArtifacts",
      "artifactregistry.repositories.uploadArtifacts",
      "artifactregistry.tags.create",
    ]
    image_puller = ["artifactregistry.repositories.downloadArtifacts"]
    # A signature's tag is written anew with each further one, so it may be moved.
    statement_writer = [
      "artifactregistry.repositories.downloadArtifacts",
      "artifactregistry.repositories.uploadArtifacts",
      "artifactregistry.tags.create",
      "artifactregistry.tags.update",
    ]

    # Attestations. None of them can delete one: whoever signs must not remove evidence.
    attestation_key_signer = ["cloudkms.cryptoKeyVersions.useToSign"]
    note_attacher          = ["containeranalysis.notes.attachOccurrence", "containeranalysis.notes.listOccurrences"]
    occurrence_creator     = ["containeranalysis.occurrences.create"]
    attestor_reader        = ["binaryauthorization.attestors.get", "binaryauthorization.attestors.verifyImageAttested"]

    # Terraform's state and the plans that people review.
    state_reader = ["storage.objects.get", "storage.objects.list"]
    state_writer = ["storage.objects.create", "storage.objects.delete", "storage.objects.get", "storage.objects.list"]
    plan_creator = ["storage.objects.create"]
    plan_reader  = ["storage.objects.get"]

    account_attacher = ["iam.serviceAccounts.actAs"]

    pipeline_planner = local.plan_permissions
    pipeline_applier = concat(local.plan_permissions, local.change_permissions)
    traffic_mover    = concat(local.plan_permissions, ["run.operations.get", "run.services.update"])

    canary_reader = ["monitoring.timeSeries.list"]
    # What somebody with more rights may have changed behind the pipeline's back: it sees what plan sees, which
    # services, jobs and worker pools there are, what each revision runs, and who may what.
    posture_reader = concat(local.plan_permissions, [
      "binaryauthorization.policy.get",
      "iam.serviceAccountKeys.list",
      "iam.serviceAccounts.list",
      "iam.workloadIdentityPoolProviders.list",
      "resourcemanager.projects.getIamPolicy",
      "run.jobs.list",
      "run.revisions.get",
      "run.services.list",
      "run.workerpools.list",
    ])
  }

  roles = { for name, _ in local.custom_roles : name => "${local.project}/roles/${name}" }

  # Reading what the pipeline's root made, without a row or a message of it.
  plan_permissions = concat(
    [
      "bigquery.datasets.get",
      "bigquery.datasets.getIamPolicy",
      "bigquery.tables.get",
      "bigquery.tables.getIamPolicy",
      "pubsub.schemas.get",
      "pubsub.subscriptions.get",
      "pubsub.subscriptions.getIamPolicy",
      "pubsub.topics.get",
      "pubsub.topics.getIamPolicy",
      "run.services.get",
      "run.services.getIamPolicy",
    ],
    var.network_perimeter ? local.perimeter_read_permissions : [],
  )

  # Making and changing it. No project, account, key, policy or attestor is among it, and no deletion of
  # rows: a person destroys tables.
  change_permissions = concat(
    [
      "bigquery.datasets.create",
      "bigquery.datasets.setIamPolicy",
      "bigquery.datasets.update",
      "bigquery.tables.create",
      "bigquery.tables.setIamPolicy",
      "bigquery.tables.update",
      "pubsub.schemas.attach",
      "pubsub.schemas.commit",
      "pubsub.schemas.create",
      "pubsub.schemas.delete",
      "pubsub.subscriptions.create",
      "pubsub.subscriptions.delete",
      "pubsub.subscriptions.setIamPolicy",
      "pubsub.subscriptions.update",
      "pubsub.topics.attachSubscription",
      "pubsub.topics.create",
      "pubsub.topics.delete",
      "pubsub.topics.setIamPolicy",
      "pubsub.topics.update",
      "run.operations.get",
      "run.services.create",
      "run.services.delete",
      "run.services.setIamPolicy",
      "run.services.update",
    ],
    # Source: https://cloud.google.com/bigquery/docs/column-level-security#permissions
    var.column_tags ? ["bigquery.tables.setCategory", "datacatalog.taxonomies.get"] : [],
    var.network_perimeter ? tolist(setsubtract(local.perimeter_permissions, local.perimeter_read_permissions)) : [],
  )
}

resource "google_project_iam_custom_role" "this" {
  for_each = local.custom_roles

  project     = var.project_id
  role_id     = each.key
  title       = "Pipeline: ${replace(each.key, "_", " ")}"
  permissions = each.value
  stage       = "GA"
  depends_on  = [google_project_service.this]
}
