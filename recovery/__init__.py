"""Bringing back what was lost: replay of messages, snapshots, restore, and a drill of it all."""
