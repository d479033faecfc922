"""The workflows, run on this machine by act: their own YAML, with stand-ins for hosted actions."""
