from django.apps import AppConfig


class ScimConfig(AppConfig):
    name = "hedgerow.scim"

    def ready(self) -> None:
        """Make known the regular cleaning of the log."""
        from hedgerow.scim import jobs  # noqa: F401 - importing it is what does it
