"""Paths of roles and access rules."""

from hedgerow.api.routing import ProjectRouter


def register(router: ProjectRouter) -> None:
    """Mount them."""
