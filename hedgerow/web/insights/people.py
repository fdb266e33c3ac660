"""The people (or groups) behind a number of an insight."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.web.insights.choices import Choices
from hedgerow.web.insights.kinds import INSIGHTS
from hedgerow.web.insights.question import typed_question
from hedgerow.web.questions import ask
from hedgerow.web.rendering import not_found, project_context, project_page, render_page

ROWS = 100


@dataclass(frozen=True)
class Row:
    """A person or group of the list; what is no person has no `person_id`."""

    name: str
    person_id: str
    since: Any
    events: int


@project_page
def page(request: HttpRequest, project: Project, slug: str) -> HttpResponse:
    """The list; the address holds the question (`q`) and which number of its answer is meant."""
    insight = INSIGHTS.get(slug)
    if insight is None:
        return not_found(request)
    asked = request.GET
    question = typed_question(insight, asked.get("q", ""), Choices(project, request.user))
    problem, rows, total, has_more = question.problem, [], 0, False
    offset = int(asked["offset"]) if asked.get("offset", "").isdigit() and len(asked["offset"]) < 9 else 0
    if not problem:
        actors = question.insight.actors(question.query, asked)
        columns = ["actor", "person_display_name", "event_count"]
        listed = {**actors, "select": columns, "orderBy": ["event_count DESC"], "limit": ROWS, "offset": offset}
        assert isinstance(request.user, User)
        answer = ask(project, listed, request.user)
        problem, has_more = answer.problem, bool(answer.response.get("hasMore"))
        rows = [_row(*row) for row in answer.rows]
        if not problem:
            counted = ask(project, {**actors, "select": ["count()"]}, request.user)
            problem, total = counted.problem, counted.rows[0][0] if counted.rows else 0
    context = {
        **project_context(request, project, "insights"),
        "insight": question.insight,
        "back": f"{reverse('insight', args=[project.pk, question.insight.slug])}?{question.address}",
        "about": _about(asked),
        "rows": rows,
        "total": total,
        "first": offset + 1,
        "last": offset + len(rows),
        "next": _at(asked, offset + ROWS) if has_more else "",
        "previous": _at(asked, max(0, offset - ROWS)) if offset else "",
        "problem": problem,
    }
    return render_page(request, "web/insights/people.html", context)


def _row(actor: dict[str, Any], name: Any, events: int) -> Row:
    is_person = actor.get("type") != "group"
    shown = name.get("display_name") if isinstance(name, dict) else name
    since = parse_datetime(actor["created_at"]) if actor.get("created_at") else None
    return Row(str(shown or actor["id"]), _person_id(actor["id"]) if is_person else "", since, events)


def _person_id(actor_id: Any) -> str:
    """The id, if it is one of a person: funnels can also tell actors apart by other values."""
    try:
        return str(UUID(str(actor_id)))
    except ValueError:
        return ""


def _about(asked: QueryDict) -> str:
    """Which number is meant, in words."""
    told = [asked.get(key, "") for key in ("status", "day")]
    told += [", ".join(asked.getlist("breakdowns")) or asked.get("breakdown", "")]
    if step := asked.get("step"):
        told.append(f"dropped off before step {step[1:]}" if step.startswith("-") else f"did step {step}")
    if start := asked.get("start"):
        told.append(f"{start.partition('_')[2]} to {asked.get('end', '').partition('_')[2]}")
    if asked.get("compare") == "previous":
        told.append("in the time before")
    return " · ".join(each for each in told if each and not each.startswith("$$"))


def _at(asked: QueryDict, offset: int) -> str:
    """The address of the page of the list that begins at an offset."""
    other = asked.copy()
    other["offset"] = str(offset)
    return f"?{other.urlencode()}"
