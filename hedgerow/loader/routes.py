"""The paths of what the loader tells."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.loader.views import IngestionWarningsView


def register(router: ProjectRouter) -> None:
    """Mount them."""
    router.register_view("ingestion_warnings", IngestionWarningsView, "ingestion_warnings")
