"""Policies about workflows, one a file."""
