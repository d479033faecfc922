"""Gates: each looks at one thing and answers pass (0), finding (10) or could not judge (3)."""
