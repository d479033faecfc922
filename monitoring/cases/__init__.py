"""When each alert has to fire and when not: what promtool is asked, as tables."""
