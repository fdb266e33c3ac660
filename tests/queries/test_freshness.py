"""When a stored answer is given again."""

from datetime import datetime

from tests.queries.asking import Api, make_api, make_project

QUERY = {"kind": "HogQLQuery", "query": "select count() from events"}


def test_an_equal_question_gets_the_stored_answer(api: Api) -> None:
    first = api.answer(QUERY)
    api.store_event()
    again = api.answer({**QUERY, "tags": {"scene": "Insight"}}, name="another name")
    assert first["is_cached"] is False
    assert again["is_cached"] is True
    assert again["results"] == first["results"] == [[0]]
    assert again["last_refresh"] == first["last_refresh"]
    assert again["cache_key"] == first["cache_key"]
    for refresh in ("async", "lazy_async", "async_except_on_cache_miss", "force_cache", False):
        assert api.answer(QUERY, refresh=refresh)["is_cached"] is True


def test_it_is_computed_anew_when_asked_for(api: Api) -> None:
    first = api.answer(QUERY)
    api.store_event()
    anew = api.answer(QUERY, refresh="force_blocking")
    assert anew["is_cached"] is False
    assert anew["results"] == [[1]]
    assert datetime.fromisoformat(anew["last_refresh"]) > datetime.fromisoformat(first["last_refresh"])
    assert api.answer(QUERY)["last_refresh"] == anew["last_refresh"]
    assert api.answer(QUERY, refresh=True)["is_cached"] is False


def test_a_stale_answer_is_computed_anew(api: Api) -> None:
    from datetime import timedelta

    from hedgerow.queries.cache import store_answer

    first = api.answer(QUERY)
    old = datetime.fromisoformat(first["last_refresh"]) - timedelta(minutes=6)
    store_answer(first["cache_key"], {**first, "last_refresh": old.isoformat()})
    assert api.answer(QUERY, refresh="lazy_async")["is_cached"] is True
    assert api.answer(QUERY)["is_cached"] is False


def test_another_question_has_another_key(api: Api) -> None:
    keys = {
        api.answer(QUERY)["cache_key"],
        api.answer({**QUERY, "values": {"a": 1}})["cache_key"],
        api.answer({**QUERY, "modifiers": {"debug": True}})["cache_key"],
        api.answer(QUERY, limit_context="posthog_ai")["cache_key"],
        make_api(make_project(), api.store).answer(QUERY)["cache_key"],
    }
    api.project.timezone = "Europe/Berlin"
    api.project.save()
    keys.add(api.answer(QUERY)["cache_key"])
    assert len(keys) == 6


def test_errors_are_not_kept(api: Api) -> None:
    wrong = {"kind": "HogQLQuery", "query": "select foo", "modifiers": {"debug": True}}
    assert api.answer(wrong)["is_cached"] is False
    assert api.answer(wrong)["is_cached"] is False


def test_trends_stay_fresh_by_their_interval(api: Api) -> None:
    def told(**fields: object) -> tuple[float, float]:
        answer = api.answer({"kind": "TrendsQuery", "series": [{"kind": "EventsNode"}], **fields})
        refreshed = datetime.fromisoformat(answer["last_refresh"])
        next_refresh = datetime.fromisoformat(answer["next_allowed_client_refresh"]) - refreshed
        target = datetime.fromisoformat(answer["cache_target_age"]) - refreshed
        return next_refresh.total_seconds() / 60, target.total_seconds() / 60

    assert told(interval="minute", dateRange={"date_from": "-1h"}) == (1, 5)
    assert told(interval="hour", dateRange={"date_from": "-1d"}) == (3, 60)
    assert told(interval="day", dateRange={"date_from": "-3d"}) == (3, 360)
    assert told(interval="day", dateRange={"date_from": "-30d"}) == (15, 360)
    assert told(interval="week", dateRange={"date_from": "-90d"}) == (15, 1440)


def test_a_range_that_has_moved_on_is_stale_and_one_that_has_ended_is_not(api: Api) -> None:
    from datetime import timedelta

    from hedgerow.queries.cache import store_answer

    series = [{"kind": "EventsNode"}]
    open_range = {"kind": "TrendsQuery", "series": series, "dateRange": {"date_from": "-3d"}}
    ended = {"kind": "TrendsQuery", "series": series, "dateRange": {"date_from": "2024-01-01", "date_to": "2024-01-05"}}
    for query, is_cached in ((open_range, False), (ended, True)):
        first = api.answer(query)
        stored = dict(first)
        refreshed = datetime.fromisoformat(first["last_refresh"])
        if query is open_range:  # as computed on the day before
            day_to = datetime.fromisoformat(first["resolved_date_range"]["date_to"]) - timedelta(days=1)
            stored["resolved_date_range"] = {**first["resolved_date_range"], "date_to": day_to.isoformat()}
        else:
            stored["last_refresh"] = (refreshed - timedelta(days=30)).isoformat()
        store_answer(first["cache_key"], stored)
        assert api.answer(query)["is_cached"] is is_cached
