"""What people may do in a project, and with its objects.

A person's level in a project is `none`, `member` or `admin`; with an object it is `none`, `viewer`, `editor` or
`manager`. Each level includes those before it. They follow from rules (`AccessControl`):

1. Admins and owners of the organization have the highest level everywhere.
2. Without any rule everybody is a `member` of the project and an `editor` of its objects.
3. A rule for the person or for one of their roles counts before one for everybody, and among those the highest counts.
4. Who is an `admin` of the project is a `manager` of its objects, and so is the maker of an object of that one; who has
   `none` of the project has `none` of all.
5. Rules for an object count before rules for its kind.

All answers about one person are of one moment: the rules are read once for each `User` that is loaded, until `forget`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Model, Q, QuerySet

from hedgerow.access.models import AccessControl
from hedgerow.api.errors import PermissionDenied
from hedgerow.api.levels import Level
from hedgerow.projects.models import Project

if TYPE_CHECKING:
    from hedgerow.organizations.models import Membership, User

PROJECT = "project"
PROJECT_LEVELS = ("none", "member", "admin")
OBJECT_LEVELS = ("none", "viewer", "editor", "manager")
OBJECTS = ("action", "cohort", "dashboard", "insight", "session_recording")
"""The kinds of objects that rules can be about."""
RESOURCES = (PROJECT, *OBJECTS)

M = TypeVar("M", bound=Model)
_KNOWN = "_access_by_project"


def levels_of(resource: str) -> tuple[str, ...]:
    """The levels there are for a resource, the lowest first."""
    return PROJECT_LEVELS if resource == PROJECT else OBJECT_LEVELS


def default_level(resource: str) -> str:
    """What everybody in the organization has where there is no rule."""
    return "member" if resource == PROJECT else "editor"


def includes(resource: str, level: str, needed: str) -> bool:
    """Whether somebody with this level may do what needs that one."""
    levels = levels_of(resource)
    return levels.index(level) >= levels.index(needed)


@dataclass(frozen=True)
class Access:
    """What one person may do in one project."""

    user_id: int
    project_level: str
    kinds: Mapping[str, str]
    """The level for each kind of objects that a rule is about."""
    objects: Mapping[tuple[str, str], str]
    """The level for each object (kind and id) that a rule is about."""

    def level(self, resource: str, object_id: object | None = None, created_by_id: int | None = None) -> str:
        """The level in the project, for a kind of objects, or for one object made by `created_by_id`."""
        if resource == PROJECT:
            return self.project_level
        if self.project_level == "none":
            return "none"
        if self.project_level == "admin" or (object_id is not None and created_by_id == self.user_id):
            return OBJECT_LEVELS[-1]
        of_kind = self.kinds.get(resource, default_level(resource))
        return of_kind if object_id is None else self.objects.get((resource, str(object_id)), of_kind)

    def level_on(self, resource: str, item: Any) -> str:
        """The level for an object, known by its primary key and its `created_by`."""
        return self.level(resource, item.pk, getattr(item, "created_by_id", None))


def access_of(user: Any, project: Project) -> Access:
    """What the person may do in the project; nothing when they do not belong to its organization."""
    if user is None or not user.is_authenticated:
        return Access(0, "none", {}, {})
    known: dict[int, Access] = user.__dict__.setdefault(_KNOWN, {})
    if project.pk not in known:
        known[project.pk] = _access(user, project)
    return known[project.pk]


def forget(user: Any) -> None:
    """Have the rules for a person read again, as they have been changed."""
    user.__dict__.pop(_KNOWN, None)


def reader_for(maker: Any, project: Project) -> Any:
    """Whose rights a file or a delivery has: those of who asked for it. None, who sees all of it, once they have left
    the organization: what they had the right to set up goes on as it was.
    """
    if maker is None or not maker.memberships.filter(organization=project.organization_id).exists():
        return None
    return maker


def level_for(
    user: Any,
    project: Project,
    resource: str = PROJECT,
    object_id: object | None = None,
    created_by_id: int | None = None,
) -> str:
    """The level of a person in the project, for a kind of its objects, or for one of them."""
    return access_of(user, project).level(resource, object_id, created_by_id)


def is_project_admin(user: Any, project: Project) -> bool:
    """Whether the person administers the project: its tokens, keys and rules."""
    return level_for(user, project) == "admin"


def require_level(user: Any, project: Project, needed: str, resource: str = PROJECT, item: Any = None) -> None:
    """Raise PermissionDenied unless the person has this level in the project, for the kind, or for the object."""
    access = access_of(user, project)
    level = access.level(resource) if item is None else access.level_on(resource, item)
    if not includes(resource, level, needed):
        raise PermissionDenied(f"You do not have {needed} access to this resource.")


def visible(objects: QuerySet[M], user: Any, project: Project) -> QuerySet[M]:
    """Those of a project's objects that the person may see: all, where rules cannot be about objects of the kind."""
    seen = _seen(objects, user, project)
    return objects if seen is None else objects.filter(seen)


def hidden(objects: QuerySet[M], user: Any, project: Project) -> QuerySet[M]:
    """Those of a project's objects that the person may not see."""
    seen = _seen(objects, user, project)
    return objects.none() if seen is None else objects.exclude(seen)


def visible_projects(user: "User") -> QuerySet[Project]:
    """The projects the person may see, in all their organizations."""
    projects = Project.objects.filter(organization__memberships__user=user)
    ruled = projects.filter(access_controls__resource=PROJECT).select_related("organization").distinct()
    hidden = [project.pk for project in ruled if access_of(user, project).project_level == "none"]
    return Project.objects.filter(organization__in=user.memberships.values("organization")).exclude(pk__in=hidden)


def _access(user: "User", project: Project) -> Access:
    membership = user.memberships.filter(organization=project.organization_id).first()
    if membership is None:
        return Access(user.pk, "none", {}, {})
    if membership.level >= Level.ADMIN:
        return Access(user.pk, "admin", {}, {})
    rules = _rules(project, membership)
    kinds = {resource: level for (resource, id), level in rules.items() if not id}
    objects = {key: level for key, level in rules.items() if key[1]}
    return Access(user.pk, kinds.pop(PROJECT, default_level(PROJECT)), kinds, objects)


def _rules(project: Project, membership: "Membership") -> dict[tuple[str, str], str]:
    """By kind and id, the level that the rules for a member give."""
    mine = Q(membership=membership) | Q(role__memberships__membership=membership)
    found = AccessControl.objects.filter(mine | Q(membership=None, role=None), project=project)
    levels: dict[tuple[str, str], tuple[bool, int]] = {}
    for rule in found:
        is_own = rule.membership_id is not None or rule.role_id is not None
        key = (rule.resource, rule.resource_id)
        rank = (is_own, levels_of(rule.resource).index(rule.access_level))
        levels[key] = max(levels.get(key, rank), rank)
    return {key: levels_of(key[0])[rank] for key, (_, rank) in levels.items()}


def _seen(objects: QuerySet[M], user: Any, project: Project) -> Q | None:
    """What tells the objects of a kind that somebody may see; None when it is all of them."""
    kind = objects.model._meta.model_name or ""
    access = access_of(user, project)
    if kind not in OBJECTS or access.project_level == "admin":
        return None
    if access.project_level == "none":
        return Q(pk__in=[])
    levels = {id: level for (of_kind, id), level in access.objects.items() if of_kind == kind}
    own = Q(created_by__isnull=False, created_by=access.user_id)
    if access.level(kind) == "none":
        return own | Q(pk__in=_ids(levels, is_hidden=False))
    unseen = _ids(levels, is_hidden=True)
    return own | ~Q(pk__in=unseen) if unseen else None


def _ids(levels: Mapping[str, str], *, is_hidden: bool) -> list[int]:
    return [int(id) for id, level in levels.items() if (level == "none") is is_hidden]
