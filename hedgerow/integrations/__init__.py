"""Integrations: other services a project may send things to."""
