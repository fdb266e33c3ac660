"""Answers that were stored end with the calculation of a cohort they are about."""

from hedgerow.cohorts.models import Cohort
from tests.queries.asking import Api


def test_a_stored_answer_ends_with_the_next_calculation_of_its_cohort(api: Api) -> None:
    cohort = Cohort.objects.create(project=api.project, name="Payers", version=1)
    filters = [{"type": "cohort", "key": "id", "value": cohort.pk}]
    query = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode"}], "properties": filters}
    other = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode"}]}
    for each in (query, other):
        assert api.answer(each)["is_cached"] is False
        assert api.answer(each)["is_cached"] is True
    Cohort.objects.filter(pk=cohort.pk).update(version=2)
    assert api.answer(query)["is_cached"] is False
    assert api.answer(other)["is_cached"] is True
