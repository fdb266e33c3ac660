from typing import TYPE_CHECKING, Any, TypeVar

from django.apps import AppConfig
from django.db.models import Model, QuerySet
from django.db.models.signals import post_save

if TYPE_CHECKING:
    from hedgerow.projects.models import Project

M = TypeVar("M", bound=Model)


class AccessConfig(AppConfig):
    name = "hedgerow.access"

    def ready(self) -> None:
        """Have members who join given the default role."""
        from hedgerow.access.roles import give_default_role
        from hedgerow.organizations.models import Membership

        post_save.connect(give_default_role, sender=Membership, dispatch_uid="default_role")

    def may_enter(self, user: Any, project: "Project") -> bool:
        """Whether the person may see the project."""
        from hedgerow.access.rules import level_for

        return level_for(user, project) != "none"

    def visible(self, objects: QuerySet[M], user: Any, project: "Project") -> QuerySet[M]:
        """Those of a project's objects that the person may see; see `hedgerow.access.rules.visible`."""
        from hedgerow.access.rules import visible

        return visible(objects, user, project)
