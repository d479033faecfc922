"""When somebody is called: promises, alert rules, and what proves that the rules fire."""
