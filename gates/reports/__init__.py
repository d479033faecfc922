"""The verdict for a terminal, for code scanning, for a pull request, and as a page."""
