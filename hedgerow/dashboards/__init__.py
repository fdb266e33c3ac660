"""Dashboards: boards of saved insights, texts and buttons, with filters that hold for all of them."""
