"""Releases of the template itself: a source archive, what is said of it, and who signed that."""
