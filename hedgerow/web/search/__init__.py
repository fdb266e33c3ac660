"""Search of everything in a project."""
