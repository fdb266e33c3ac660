"""Paths of the feature flags."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.flags.views import FlagDefinitionsView, RemoteConfigView


def register(router: ProjectRouter) -> None:
    """Mount what server SDKs ask for."""
    router.register_root_view("feature_flag/local_evaluation", FlagDefinitionsView, "flag_definitions")
    router.register_view(r"feature_flags/(?P<key>[^/]+)/remote_config", RemoteConfigView, "flag_remote_config")
