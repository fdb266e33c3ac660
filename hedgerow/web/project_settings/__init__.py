"""The pages on which a project is set up: what it is called and counts by, its keys, and who may do what in it."""
