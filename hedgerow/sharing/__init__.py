"""Dashboards, insights and recordings that can be seen without an account."""
