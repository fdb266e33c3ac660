"""Subscriptions: insights and dashboards that are sent again and again, and the history of what was sent."""
