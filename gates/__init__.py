"""Gates: each looks at one thing and answers pass (0), finding (1) or could not judge (2)."""
