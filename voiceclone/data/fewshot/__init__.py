"""From somebody's raw recordings to a small training set, with advice on what to record again."""
