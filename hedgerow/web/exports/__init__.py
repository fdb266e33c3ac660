"""Pages of exports: the dialog that asks for a file, how far it is, and the list of a person's files."""
