"""Tiny repositories with roots of Terraform."""

from rehearsal.origin import Kind, Origin

HEAD = """
terraform {
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.45.0, < 8.0.0"
    }
  }
}

provider "google" {
  project = "rehearsal-4711"
  region  = "europe-west1"
}
"""
OURS = Origin(Kind.REHEARSAL)


def planted(folder, files):
    """Write files; what is in a root's `main.tf` comes after the provider's configuration."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEAD + text if path.name == "main.tf" else text, "utf-8")
    return folder
