"""Requests to addresses that people name: which are allowed, and a client that keeps to it."""
