"""The container images: built, looked into, run hardened."""
