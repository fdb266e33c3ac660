"""The public pages of what is shared."""
