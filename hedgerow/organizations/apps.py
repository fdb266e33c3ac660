from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in

from hedgerow.api.sessions import remember_login


class OrganizationsConfig(AppConfig):
    name = "hedgerow.organizations"

    def ready(self) -> None:
        """Have the time of each login noted."""
        user_logged_in.connect(remember_login, dispatch_uid="remember_login")
