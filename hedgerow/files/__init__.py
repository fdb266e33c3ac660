"""The tree of a project: a path for each of its objects, with folders and shortcuts."""
