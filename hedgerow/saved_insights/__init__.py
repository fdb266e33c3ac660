"""Saved insights: a question with a name, tags, its answer and its history."""
