"""Cohorts: their list, the page of one with its members and its history, and the editor."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST
from rest_framework.exceptions import APIException

from hedgerow.access.rules import require_level, visible
from hedgerow.activity.views import entries_of
from hedgerow.api.errors import ValidationError
from hedgerow.cohorts.calculation import request_calculation
from hedgerow.cohorts.definition import effective_filters, has_criteria
from hedgerow.cohorts.filling import static_copy
from hedgerow.cohorts.listing import LONGEST_SEARCH, listed_cohorts
from hedgerow.cohorts.lists import add_persons, remove_person
from hedgerow.cohorts.models import Calculation, Cohort
from hedgerow.cohorts.person_rows import member_ids, person_rows
from hedgerow.cohorts.saving import record_list_change
from hedgerow.cohorts.serializers import CohortSerializer
from hedgerow.cohorts.uses import used_in
from hedgerow.organizations.models import User
from hedgerow.persons.models import Person
from hedgerow.projects.models import Project
from hedgerow.queries.context import project_context as asking_context
from hedgerow.web import cohort_criteria, cohort_form
from hedgerow.web.activity import told
from hedgerow.web.insights.choices import Choices
from hedgerow.web.insights.form import Form
from hedgerow.web.persons import named_persons
from hedgerow.web.records import ROWS, offset_of, pages_of, people_context, sentence_of, tabs_of, uuid_of
from hedgerow.web.rendering import not_found, project_page, render_page

TYPES = {"": "All", "dynamic": "Kept up to date", "static": "Fixed lists"}
TABS = {"members": "Members", "definition": "Definition", "calculations": "Calculations", "activity": "History"}
BY_CRITERIA, BY_QUERY, BY_LIST = "criteria", "query", "list"
FORMS = {BY_CRITERIA: "By criteria", BY_QUERY: "By a query", BY_LIST: "A fixed list"}
MOST_CHOSEN_FROM = 500
MOST_CALCULATIONS = 50


@project_page
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """The cohorts of the project."""
    search = request.GET.get("search", "").strip()[:LONGEST_SEARCH]
    kind = request.GET.get("type", "")
    cohorts = _seen(request, project).select_related("created_by").order_by("-created_at", "-id")
    found = listed_cohorts(cohorts, project.pk, {"search": search, "type": kind})
    offset = offset_of(request)
    rows = list(found[offset : offset + ROWS + 1])
    context = {
        **people_context(request, project, "cohorts"),
        "cohorts": rows[:ROWS],
        "search": search,
        "type": kind,
        "types": TYPES.items(),
        "is_calculating": any(each.is_calculating for each in rows),
        "pages": pages_of(request, offset, len(rows[:ROWS]), has_more=len(rows) > ROWS),
    }
    return render_page(request, "web/people/cohorts.html", context)


@project_page
def new(request: HttpRequest, project: Project) -> HttpResponse:
    """The editor of a cohort that is not there yet."""
    return _editor(request, project, Cohort(project=project), people_context(request, project, "cohorts"))


@project_page
def detail(request: HttpRequest, project: Project, cohort_id: int) -> HttpResponse:
    """One cohort: its members, how they are found, its calculations, what was done to it."""
    cohort = _seen(request, project).filter(pk=cohort_id).select_related("created_by").first()
    if cohort is None:
        return not_found(request)
    shown = request.GET.get("show", "members")
    shown = shown if shown in TABS else "members"
    context = {
        **people_context(request, project, "cohorts"),
        "cohort": cohort,
        "tabs": tabs_of(request, TABS, shown),
        "shown": shown,
        "uses": {kind: block for kind, block in used_in(cohort, request.user).items() if block["total"]},
    }
    if shown == "definition":
        return _editor(request, project, cohort, context)
    if shown == "members":
        context |= _members(request, cohort)
    elif shown == "calculations":
        rows = cohort.calculations.order_by("-started_at", "-version")[:MOST_CALCULATIONS]
        context["calculations"] = [(each, _seconds(each)) for each in rows]
    else:
        context["entries"] = [told(each) for each in entries_of(project.pk, "Cohort", cohort.pk)[:ROWS]]
    return render_page(request, "web/people/cohort.html", context)


@require_POST
@project_page
def change(request: HttpRequest, project: Project, cohort_id: int) -> HttpResponse:
    """Do something to a cohort: `do` says what. Leads back to where it was asked for."""
    cohort = _seen(request, project).filter(pk=cohort_id).first()
    action = _ACTIONS.get(request.POST.get("do", ""))
    if cohort is None or action is None:
        return not_found(request)
    assert isinstance(request.user, User)
    try:
        require_level(request.user, project, "editor", "cohort", cohort)
        where = action(request, cohort)
    except APIException as error:
        messages.error(request, sentence_of(error))
        where = ""
    if request.POST.get("back") == "person" and (person := request.POST.get("person")):
        return redirect(f"{reverse('person', args=[project.pk, person])}?show=cohorts")
    return redirect(where or _address(cohort))


def _seen(request: HttpRequest, project: Project) -> QuerySet[Cohort]:
    return visible(Cohort.objects.filter(project=project).select_related("project"), request.user, project)


def _seconds(calculation: Calculation) -> float | None:
    """How long a calculation took; None while it runs."""
    ended = calculation.finished_at
    return (ended - calculation.started_at).total_seconds() if ended else None


def _members(request: HttpRequest, cohort: Cohort) -> dict[str, Any]:
    search = request.GET.get("search", "").strip()[:LONGEST_SEARCH]
    offset = offset_of(request)
    context = asking_context(cohort.project)
    found = member_ids(context, cohort.pk, datetime.now(UTC), limit=ROWS + 1, offset=offset, search=search)
    rows = person_rows(cohort.project, found[:ROWS])
    return {
        "search": search,
        "members": rows,
        "pages": pages_of(request, offset, len(rows), has_more=len(found) > ROWS),
    }


# Changing


def _add(request: HttpRequest, cohort: Cohort) -> str:
    if not cohort.is_static:
        raise ValidationError("Can only add users to static cohorts")
    text = request.POST.get("persons", "") or request.POST.get("person", "")
    wanted = [each for line in text.splitlines() for each in [line.strip()] if each]
    found, unknown = named_persons(cohort.project, wanted[:ROWS])
    if found:
        add_persons(cohort, found)
        record_list_change(cohort, "persons_added_manually", request.user)
        messages.success(request, f"Added to {cohort}.")
    if unknown:
        messages.error(request, f"Nobody here is known as {', '.join(unknown)}.")
    return ""


def _remove(request: HttpRequest, cohort: Cohort) -> str:
    if not cohort.is_static:
        raise ValidationError("Can only remove users from static cohorts")
    person = Person.objects.filter(project=cohort.project, uuid=uuid_of(request.POST.get("person", ""))).first()
    if person is not None and remove_person(cohort, person):
        record_list_change(cohort, "person_removed_manually", request.user)
        messages.success(request, f"Removed from {cohort}.")
    return ""


def _duplicate(request: HttpRequest, cohort: Cohort) -> str:
    assert isinstance(request.user, User)
    copy = static_copy(cohort, request.user)
    messages.success(request, "This is the new list. It keeps the members as they are now.")
    return _address(copy)


def _recalculate(request: HttpRequest, cohort: Cohort) -> str:
    if not cohort.is_static and not cohort.deleted:
        request_calculation(cohort)
    return ""


def _delete(request: HttpRequest, cohort: Cohort) -> str:
    _save(request, cohort, {"deleted": True})
    messages.success(request, f"{cohort} is deleted.")
    return reverse("cohorts", args=[cohort.project_id])


def _restore(request: HttpRequest, cohort: Cohort) -> str:
    _save(request, cohort, {"deleted": False})
    return ""


_ACTIONS = {
    "add": _add,
    "remove": _remove,
    "duplicate": _duplicate,
    "recalculate": _recalculate,
    "delete": _delete,
    "restore": _restore,
}


def _save(request: HttpRequest, cohort: Cohort, given: Mapping[str, Any]) -> Cohort:
    """Save by the rules of the API. Raises ValidationError."""
    serializer = CohortSerializer(
        cohort if cohort.pk else None,
        data=given,
        partial=bool(cohort.pk),
        context={"request": request, "project": cohort.project},
    )
    serializer.is_valid(raise_exception=True)
    return serializer.save()


# The editor


def _editor(request: HttpRequest, project: Project, cohort: Cohort, context: dict[str, Any]) -> HttpResponse:
    """The form; sent with `save` the cohort is saved, otherwise it comes back with what was added or dropped."""
    form = Form(request.POST)
    criteria = _criteria(cohort)
    fields = {"name": cohort.name or "", "description": cohort.description, "query": _query_text(cohort)}
    way = BY_LIST if cohort.is_static else BY_QUERY if cohort.query else BY_CRITERIA
    faults: dict[str, str] = {}
    problem = ""
    if request.method == "POST":
        criteria = cohort_form.written(form)
        fields = {name: form.text(name) for name in fields}
        way = form.one_of("way", FORMS, way)
        if "save" in request.POST:
            faults = cohort_form.missing(criteria) if way == BY_CRITERIA else {}
            if not faults:
                try:
                    saved = _save(request, cohort, _given(request, fields, way, criteria, cohort))
                except APIException as error:
                    faults, problem = cohort_form.read_faults(sentence_of(error))
                else:
                    messages.success(request, f"{saved} is saved.")
                    return redirect(_address(saved))
    others = _seen(request, project).filter(deleted=False).exclude(pk=cohort.pk).order_by("name", "pk")
    cohorts = [(str(each.pk), str(each)) for each in others[:MOST_CHOSEN_FROM]]
    editing = {
        "cohort": cohort if cohort.pk else None,
        "fields": fields,
        "way": way,
        "ways": FORMS.items(),
        "problem": problem,
        "faults": faults,
        "criteria": cohort_criteria.shown(criteria, faults),
        "base": json.dumps(criteria, ensure_ascii=False, separators=(",", ":")),
        **cohort_criteria.choices_of(Choices(project, request.user), cohorts, criteria),
    }
    status = 422 if (problem or faults) and "HX-Request" not in request.headers else 200
    return render_page(request, "web/people/cohort_editor.html", {**context, **editing}, status=status)


def _given(
    request: HttpRequest, fields: Mapping[str, str], way: str, criteria: dict[str, Any], cohort: Cohort
) -> dict[str, Any]:
    """The form as a request of the API has it."""
    given: dict[str, Any] = {"name": fields["name"], "description": fields["description"]}
    if way == BY_LIST:
        if not cohort.is_static:
            given["is_static"] = True
        if uploaded := request.FILES.get("csv"):
            given["csv"] = uploaded
        return given
    given["is_static"] = False
    if way == BY_QUERY:
        return {**given, "query": _query(fields["query"])}
    return {**given, "filters": {"properties": criteria}}


def _query(text: str) -> dict[str, Any]:
    """A query as JSON, or HogQL."""
    if not text.startswith("{"):
        return {"kind": "HogQLQuery", "query": text}
    try:
        query: dict[str, Any] = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValidationError(f"This is no JSON: {error}.", attr="query") from None
    return query


def _query_text(cohort: Cohort) -> str:
    if not cohort.query:
        return ""
    if set(cohort.query) == {"kind", "query"} and cohort.query["kind"] == "HogQLQuery":
        return str(cohort.query["query"])
    return json.dumps(cohort.query, ensure_ascii=False, indent=2)


def _criteria(cohort: Cohort) -> dict[str, Any]:
    filters = effective_filters(cohort)
    return dict(filters["properties"]) if has_criteria(filters) else cohort_criteria.new_criteria()


def _address(cohort: Cohort) -> str:
    return reverse("cohort", args=[cohort.project_id, cohort.pk])
