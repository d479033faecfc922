"""A release in a person's hands: plan, deploy, roll back. Each tells what it will do, and asks."""
