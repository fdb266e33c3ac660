"""The tree of a project's files: in the side bar of every page, and a page of its own."""
