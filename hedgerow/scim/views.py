"""`/scim/v2/:domain_id/`: people and groups, as identity providers push them (RFC 7643 and 7644)."""

import time
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hedgerow.api.rendering import JSONParser
from hedgerow.domains.models import Domain
from hedgerow.scim.asked import BadData, changes_in, person_in
from hedgerow.scim.discovery import MOST_RESULTS, resource_types, schemas, service_provider_config
from hedgerow.scim.filters import Columns, NoFilter, condition
from hedgerow.scim.groups import COLUMNS as GROUP_COLUMNS
from hedgerow.scim.groups import (
    deprovision_group,
    find_group,
    groups,
    provision_group,
    replace_group,
    update_group,
)
from hedgerow.scim.log import identity_provider, note_request
from hedgerow.scim.people import COLUMNS as USER_COLUMNS
from hedgerow.scim.people import FAILED, INVALID, deprovision, find_person, people, provision, replace, update
from hedgerow.scim.problems import ScimProblem, answer_to
from hedgerow.scim.shown import shown_groups, shown_people
from hedgerow.scim.wire import AlwaysScim, Provider, ScimParser, ScimRenderer, TokenAuthentication

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
GROUP_INVALID, GROUP_FAILED = "Invalid group data", "Failed to update group"


class ScimView(APIView):
    """A view for the identity provider of the domain in the path; what it asks is written to the log."""

    authentication_classes = [TokenAuthentication]
    permission_classes = []  # the token is all there is to know
    throttle_classes = []
    parser_classes = [ScimParser, JSONParser]
    renderer_classes = [ScimRenderer]
    content_negotiation_class = AlwaysScim
    schema = None  # what it is made of is told by SCIM itself

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, and note what was asked and answered."""
        began = time.monotonic()
        response = super().dispatch(request, *args, **kwargs)
        caller = getattr(self.request, "_user", None)
        if isinstance(caller, Provider):
            milliseconds = round((time.monotonic() - began) * 1000)
            answer = getattr(response, "data", None)
            note_request(caller.domain, self.request, response.status_code, answer, milliseconds)
        return response

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response]:
        """Errors are told as SCIM does."""
        return answer_to

    @property
    def domain(self) -> Domain:
        """The domain whose identity provider calls."""
        caller = self.request.user
        assert isinstance(caller, Provider)
        return caller.domain

    def body(self, problem: str) -> dict[str, Any]:
        """The body, an object. Raises ScimProblem."""
        if not isinstance(self.request.data, dict):
            raise ScimProblem(400, problem, "invalidSyntax")
        return self.request.data


class UsersView(ScimView):
    """`Users`."""

    def get(self, request: Request, **path: str) -> Response:
        """The people of the organization."""
        found = _page(request, people(self.domain), USER_COLUMNS)
        return Response(found.told(shown_people(self.domain, found.rows, request)))

    def post(self, request: Request, **path: str) -> Response:
        """Provision somebody."""
        try:
            person = person_in(self.body(INVALID))
        except BadData as error:
            raise ScimProblem(400, INVALID, "invalidValue") from error
        user = provision(self.domain, person, identity_provider(request))
        told = shown_people(self.domain, people(self.domain).filter(pk=user.pk), request)[0]
        return Response(told, status=201, headers={"Location": f"{request.path.rstrip('/')}/{user.pk}"})


class UserView(ScimView):
    """`Users/:id`."""

    def get(self, request: Request, **path: str) -> Response:
        """The person."""
        return Response(shown_people(self.domain, [find_person(self.domain, path["id"])], request)[0])

    def put(self, request: Request, **path: str) -> Response:
        """Make the person what is given."""
        user = find_person(self.domain, path["id"])
        try:
            person = person_in(self.body(INVALID))
        except BadData as error:
            raise ScimProblem(400, INVALID, "invalidValue") from error
        replace(self.domain, user, person, identity_provider(request))
        return self.get(request, **path)

    def patch(self, request: Request, **path: str) -> Response:
        """Change what is given."""
        user = find_person(self.domain, path["id"])
        try:
            changes = changes_in(self.body(FAILED))
        except BadData as error:
            raise ScimProblem(400, FAILED, "invalidValue") from error
        update(self.domain, user, changes, identity_provider(request))
        return self.get(request, **path)

    def delete(self, request: Request, **path: str) -> Response:
        """Remove the person from the organization."""
        deprovision(self.domain, find_person(self.domain, path["id"]))
        return Response(status=204)


class GroupsView(ScimView):
    """`Groups`."""

    def get(self, request: Request, **path: str) -> Response:
        """The roles of the organization."""
        found = _page(request, groups(self.domain), GROUP_COLUMNS)
        return Response(found.told(shown_groups(self.domain, found.rows, request)))

    def post(self, request: Request, **path: str) -> Response:
        """Make a role, or take one over by its name."""
        try:
            role = provision_group(self.domain, self.body(GROUP_INVALID))
        except BadData as error:
            raise ScimProblem(400, GROUP_INVALID, "invalidValue") from error
        told = shown_groups(self.domain, [find_group(self.domain, str(role.pk))], request)[0]
        return Response(told, status=201, headers={"Location": f"{request.path.rstrip('/')}/{role.pk}"})


class GroupView(ScimView):
    """`Groups/:id`."""

    def get(self, request: Request, **path: str) -> Response:
        """The role."""
        return Response(shown_groups(self.domain, [find_group(self.domain, path["id"])], request)[0])

    def put(self, request: Request, **path: str) -> Response:
        """Give the role another name and other members."""
        role = find_group(self.domain, path["id"])
        try:
            replace_group(self.domain, role, self.body(GROUP_INVALID))
        except BadData as error:
            raise ScimProblem(400, GROUP_INVALID, "invalidValue") from error
        return self.get(request, **path)

    def patch(self, request: Request, **path: str) -> Response:
        """Change what is given."""
        role = find_group(self.domain, path["id"])
        try:
            update_group(self.domain, role, self.body(GROUP_FAILED))
        except BadData as error:
            raise ScimProblem(400, GROUP_FAILED, "invalidValue") from error
        return self.get(request, **path)

    def delete(self, request: Request, **path: str) -> Response:
        """Remove the role."""
        deprovision_group(self.domain, find_group(self.domain, path["id"]))
        return Response(status=204)


class ServiceProviderConfigView(ScimView):
    """`ServiceProviderConfig`."""

    def get(self, request: Request, **path: str) -> Response:
        """What the server can do."""
        return Response(service_provider_config(self.domain))


class ResourceTypesView(ScimView):
    """`ResourceTypes` and `ResourceTypes/:id`."""

    def get(self, request: Request, **path: str) -> Response:
        """The kinds of resources, or one of them."""
        return _described(resource_types(self.domain), path.get("id"), "Resource type not found")


class SchemasView(ScimView):
    """`Schemas` and `Schemas/:id`."""

    def get(self, request: Request, **path: str) -> Response:
        """What each kind of resource is made of, or one of them."""
        return _described(schemas(self.domain), path.get("id"), "Schema not found")


class NotOfferedView(ScimView):
    """`Bulk`, `Me` and `.search`, which servers need not have."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Tell so, whatever is asked. Raises ScimProblem."""
        super().initial(request, *args, **kwargs)
        raise ScimProblem(501, "Not implemented")


class NowhereView(ScimView):
    """Every other path."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Tell that there is nothing. Raises ScimProblem."""
        super().initial(request, *args, **kwargs)
        raise ScimProblem(404, "Not found")


class _Page:
    """A part of a list: `rows`, where it starts, and how many there are in all."""

    def __init__(self, found: QuerySet[Any], start: int, count: int) -> None:
        self.total = found.count()
        self.start = start
        self.rows = list(found[start - 1 : start - 1 + count]) if count and start <= self.total else []

    def told(self, resources: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "schemas": [LIST],
            "totalResults": self.total,
            "startIndex": self.start,
            "itemsPerPage": len(resources),
            "Resources": resources,
        }


def _page(request: Request, found: QuerySet[Any], columns: Columns) -> _Page:
    """The part that `filter`, `startIndex` and `count` choose; nothing for what is no filter. Raises ScimProblem."""
    start = _number(request, "startIndex", 1, 1)
    count = min(_number(request, "count", MOST_RESULTS, 0), MOST_RESULTS)
    text = request.query_params.get("filter", "").strip()
    if text:
        try:
            found = found.filter(condition(text, columns)).distinct()
        except NoFilter:
            found = found.none()
    return _Page(found, start, count)


def _number(request: Request, name: str, default: int, least: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        raise ScimProblem(400, f"Invalid {name} value", "invalidValue")
    if sign * int(digits) < least:
        raise ScimProblem(400, f"Invalid {name} (must be >= {least})", "invalidValue")
    return sign * int(digits)


def _described(told: dict[str, dict[str, Any]], one: str | None, problem: str) -> Response:
    if one is not None:
        if one not in told:
            raise ScimProblem(404, problem)
        return Response(told[one])
    found = list(told.values())
    return Response(
        {
            "schemas": [LIST],
            "totalResults": len(found),
            "startIndex": 1,
            "itemsPerPage": len(found),
            "Resources": found,
        }
    )
