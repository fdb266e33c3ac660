"""Browsers for tests: clients with cookies of their own that share what takes long to make, the chain of middleware."""

from functools import cache

from django.test import Client
from django.test.client import ClientHandler


def new_browser() -> Client:
    """A browser in which nobody is signed in."""
    client = Client()
    client.handler = _handler()
    return client


@cache
def _handler() -> ClientHandler:
    return ClientHandler(enforce_csrf_checks=False)
