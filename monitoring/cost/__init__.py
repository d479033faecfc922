"""What a month costs, what it can cost at worst, and when another way in is cheaper."""
