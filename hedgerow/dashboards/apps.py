from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    name = "hedgerow.dashboards"

    def ready(self) -> None:
        """Give dashboards a place in the tree of files."""
        from hedgerow.dashboards.filed import DASHBOARDS
        from hedgerow.files.kinds import register

        register(DASHBOARDS)
