"""Saved insights: their list, the page of each, and how a question becomes one."""
