"""Mutation of our own controls: each is broken in a copy, and something has to notice."""
