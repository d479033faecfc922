"""Who may read or write data is said at the data: on the project, it is all data, also tomorrow's.

Running a query (bigquery.jobUser) has no smaller place than the project.
"""

from grants import CONTAINERS, refuse_roles
from terraform_policy import TerraformPolicy

SERVICES = "artifactregistry|bigquery|cloudkms|pubsub|run|secretmanager|storage"

check = TerraformPolicy(
    "HDP_NO_PROJECT_WIDE_DATA_ROLE",
    "No role over data, keys, images or services is given for a whole project.",
    "Grant it on the table, topic, bucket, key or service.",
    CONTAINERS,
    refuse_roles(rf"roles/({SERVICES})\.(?!jobUser$|resourceViewer$|serviceAgent$).*"),
)
