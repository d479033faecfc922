"""The same pipeline on one machine: emulators, real tokens, the services' production commands."""
