from django.apps import AppConfig
from django.db.models.signals import post_save


class AccessConfig(AppConfig):
    name = "hedgerow.access"

    def ready(self) -> None:
        """Have members who join given the default role."""
        from hedgerow.access.roles import give_default_role
        from hedgerow.organizations.models import Membership

        post_save.connect(give_default_role, sender=Membership, dispatch_uid="default_role")
