"""The cohorts a person belongs to."""

from typing import Any

from hedgerow.access.rules import visible
from hedgerow.cohorts.models import Cohort, StaticMember
from hedgerow.eventstore.client import event_store
from hedgerow.persons.models import Person
from hedgerow.queries.errors import query_errors


def cohorts_of(person: Person, user: Any) -> list[dict[str, Any]]:
    """Those that are not deleted and that `user` may see, by id and name and with the number of their members."""
    with query_errors():
        rows = event_store().query(
            "SELECT cohort_id, version FROM cohort_people WHERE team_id = {team:Int64} AND person_id = {person:UUID}",
            {"team": person.project_id, "person": str(person.uuid)},
        )
    calculated = {(cohort_id, version) for cohort_id, version in rows.rows}
    listed = set(StaticMember.objects.filter(person=person).values_list("cohort_id", flat=True))
    wanted = listed | {cohort_id for cohort_id, _ in calculated}
    cohorts = Cohort.objects.filter(project=person.project_id, pk__in=wanted, deleted=False)
    return [
        {"id": cohort.pk, "name": cohort.name, "count": cohort.count}
        for cohort in visible(cohorts, user, person.project).order_by("pk")
        if (cohort.pk in listed if cohort.is_static else (cohort.pk, cohort.members_version) in calculated)
    ]
