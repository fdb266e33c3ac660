"""Paths of an organization's domains."""

from hedgerow.api.routing import ProjectRouter


def register(router: ProjectRouter) -> None:
    """Mount them."""
