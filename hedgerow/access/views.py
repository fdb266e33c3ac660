"""Access rules: of a project, of the kinds of its objects, and of single objects."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.access.changing import Subject, set_rule
from hedgerow.access.objects import find_object
from hedgerow.access.rules import (
    OBJECT_LEVELS,
    OBJECTS,
    PROJECT,
    access_of,
    default_level,
    includes,
    levels_of,
    require_level,
)
from hedgerow.access.serializers import (
    AccessControlSerializer,
    AccessControlsSerializer,
    ChangedKindRuleSerializer,
    ChangedRuleSerializer,
)
from hedgerow.api.access import caller
from hedgerow.api.asked import checked
from hedgerow.api.errors import NotFound
from hedgerow.api.sessions import RecentLogin
from hedgerow.api.views import ProjectView


class ProjectAccessView(ProjectView):
    """`access_controls`: who may do what in the project. Changed by its admins."""

    scope_object = "access_control"
    permission_classes = [*ProjectView.permission_classes, RecentLogin]

    @extend_schema(responses=AccessControlsSerializer)
    def get(self, request: Request, **path: str) -> Response:
        """The rules, and the caller's level."""
        level = access_of(caller(request), self.project).project_level
        return Response(_told(Subject(self.project), level, default_level(PROJECT)))

    @extend_schema(request=ChangedRuleSerializer, responses={200: AccessControlSerializer, 204: None})
    def put(self, request: Request, **path: str) -> Response:
        """Make, change or remove one rule."""
        require_level(caller(request), self.project, "admin")
        return _changed(Subject(self.project), request, checked(ChangedRuleSerializer(data=request.data)))


class KindAccessView(ProjectView):
    """`resource_access_controls`: who may do what with all objects of a kind. Changed by admins of the project."""

    scope_object = "access_control"
    permission_classes = [*ProjectView.permission_classes, RecentLogin]

    @extend_schema(responses=AccessControlsSerializer)
    def get(self, request: Request, **path: str) -> Response:
        """The rules for all kinds, and whether the caller may change them."""
        rules = [rule for kind in OBJECTS for rule in Subject(self.project, kind).rules]
        is_admin = access_of(caller(request), self.project).project_level == "admin"
        level = "manager" if is_admin else default_level("dashboard")
        told = _told(Subject(self.project, OBJECTS[0]), level, default_level(OBJECTS[0]))
        return Response({**told, "access_controls": AccessControlSerializer(rules, many=True).data})

    @extend_schema(request=ChangedKindRuleSerializer, responses={200: AccessControlSerializer, 204: None})
    def put(self, request: Request, **path: str) -> Response:
        """Make, change or remove one rule for the kind `resource`."""
        require_level(caller(request), self.project, "admin")
        fields = checked(ChangedKindRuleSerializer(data=request.data))
        return _changed(Subject(self.project, fields.pop("resource")), request, fields)


class ObjectAccessView(ProjectView):
    """`<kind>s/:id/access_controls`: who may do what with one object. Changed by its managers."""

    scope_object = "access_control"
    permission_classes = [*ProjectView.permission_classes, RecentLogin]
    kind: str

    @extend_schema(responses=AccessControlsSerializer)
    def get(self, request: Request, **path: str) -> Response:
        """The rules, and the caller's level."""
        item = self._item()
        level = access_of(caller(request), self.project).level_on(self.kind, item)
        return Response(_told(self._subject(item), level, self._default()))

    @extend_schema(request=ChangedRuleSerializer, responses={200: AccessControlSerializer, 204: None})
    def put(self, request: Request, **path: str) -> Response:
        """Make, change or remove one rule."""
        item = self._item()
        require_level(caller(request), self.project, OBJECT_LEVELS[-1], self.kind, item)
        return _changed(self._subject(item), request, checked(ChangedRuleSerializer(data=request.data)))

    def _item(self) -> Any:
        """The object in the path. Raises NotFound, also when the caller may not see it."""
        item = find_object(self.kind, self.project, self.kwargs["object_id"])
        if item is None or access_of(caller(self.request), self.project).level_on(self.kind, item) == "none":
            raise NotFound()
        return item

    def _subject(self, item: Any) -> Subject:
        return Subject(self.project, self.kind, str(item.pk))

    def _default(self) -> str:
        everybody = Subject(self.project, self.kind).rules.filter(membership=None, role=None).first()
        return everybody.access_level if everybody else default_level(self.kind)


class ActionAccessView(ObjectAccessView):
    """Who may do what with an action."""

    kind = "action"


class CohortAccessView(ObjectAccessView):
    """Who may do what with a cohort."""

    kind = "cohort"


class DashboardAccessView(ObjectAccessView):
    """Who may do what with a dashboard."""

    kind = "dashboard"


class InsightAccessView(ObjectAccessView):
    """Who may do what with an insight."""

    kind = "insight"


def _told(subject: Subject, level: str, default: str) -> dict[str, Any]:
    levels = levels_of(subject.resource)
    return {
        "access_controls": AccessControlSerializer(subject.rules, many=True).data,
        "available_access_levels": list(levels),
        "default_access_level": default,
        "user_access_level": level,
        "user_can_edit_access_levels": includes(subject.resource, level, levels[-1]),
    }


def _changed(subject: Subject, request: Request, fields: dict[str, Any]) -> Response:
    rule = set_rule(subject, fields.pop("access_level"), caller(request), **fields)
    return Response(status=204) if rule is None else Response(AccessControlSerializer(rule).data)
