"""Recipes that make a dashboard in one call."""
