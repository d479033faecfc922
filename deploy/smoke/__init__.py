"""The smoke test: what has to be true of a deployed API, asked from outside as a caller would."""
