"""Paths of single sign-on."""

from hedgerow.api.routing import ProjectRouter


def register(router: ProjectRouter) -> None:
    """Mount them."""
