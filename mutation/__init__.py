"""Mutation: what is meant to hold is broken on purpose, and something has to notice."""
