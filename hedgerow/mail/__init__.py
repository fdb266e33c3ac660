"""Mails to people, sent through the SMTP server that the settings name."""
