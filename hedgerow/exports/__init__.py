"""Exports: files made of insights, dashboards and queries."""
