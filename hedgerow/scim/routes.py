"""Paths of SCIM."""

from hedgerow.api.routing import ProjectRouter


def register(router: ProjectRouter) -> None:
    """Mount them."""
