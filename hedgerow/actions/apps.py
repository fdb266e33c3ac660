from django.apps import AppConfig


class ActionsConfig(AppConfig):
    name = "hedgerow.actions"

    def ready(self) -> None:
        """Give actions a place in the tree of files."""
        from hedgerow.actions.filed import ACTIONS
        from hedgerow.files.kinds import register

        register(ACTIONS)
