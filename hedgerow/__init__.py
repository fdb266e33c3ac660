"""Hedgerow: product analytics you own, speaking PostHog's public HTTP API."""

__version__ = "0.1.0"
