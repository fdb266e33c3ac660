from django.apps import AppConfig


class DomainsConfig(AppConfig):
    name = "hedgerow.domains"

    def ready(self) -> None:
        """Make known the regular look into the DNS."""
        from hedgerow.domains import jobs  # noqa: F401 - importing it is what does it
