"""Words the parser reads without a trace in its tree are refused where they stand, not passed over."""

import pytest

from hedgerow.hogql.errors import UnsupportedError
from hedgerow.hogql.parse import parse_select


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("SELECT event FROM events GROUP BY event WITH TOTALS", "WITH TOTALS"),
        ("SELECT event FROM events GROUP BY event WITH ROLLUP", "WITH ROLLUP"),
        ("SELECT event FROM events GROUP BY event with /* all */ cube", "with /* all */ cube"),
        ("SELECT event FROM events ORDER BY event NULLS FIRST", "NULLS FIRST"),
        ("SELECT event FROM events ORDER BY event COLLATE 'en'", "COLLATE 'en'"),
        ("SELECT any(event IGNORE NULLS) FROM events", "IGNORE NULLS"),
        ("SELECT 1 FROM events e NATURAL JOIN persons p", "NATURAL JOIN"),
        ("SELECT 1 FROM events GLOBAL LEFT JOIN persons p ON 1 = 1", "GLOBAL LEFT"),
        ("SELECT 1 FROM events LATERAL JOIN persons p ON 1 = 1", "LATERAL JOIN"),
        ("SELECT count() FILTER (WHERE event = 'a') OVER () FROM events", ") OVER"),
        ("SELECT e.* EXCLUDE (event) FROM events e", "* EXCLUDE"),
        ("(SELECT 2 AS n) UNION ALL (SELECT 1) ORDER BY n LIMIT 1", ") ORDER"),
        ("(SELECT 2 AS n) ORDER BY n", ") ORDER"),
        ("((SELECT 2 AS n) UNION ALL (SELECT 1)) ORDER BY n", ") ORDER"),
        ("SELECT * FROM ((SELECT 2 AS n) UNION ALL (SELECT 1) ORDER BY n)", ") ORDER"),
    ],
)
def test_what_would_be_dropped_is_refused(query: str, part: str) -> None:
    with pytest.raises(UnsupportedError) as refused:
        parse_select(query)
    assert query[refused.value.start : refused.value.end] == part


@pytest.mark.parametrize(
    "query",
    [
        "WITH totals AS (SELECT 1) SELECT * FROM totals",
        "SELECT 'with totals', 'nulls first' -- natural join\n",
        "SELECT `with totals` FROM (SELECT 1 AS `with totals`)",
        "SELECT event FROM events ORDER BY event DESC NULLS LAST",
        "SELECT event FROM events e LEFT JOIN persons p ON e.person_id = p.id",
        "SELECT * FROM ((SELECT 2 AS n) UNION ALL (SELECT 1)) ORDER BY n",
        "SELECT count() FROM events WHERE event IN (SELECT 'a') ORDER BY 1",
        "SELECT sum(n) OVER (PARTITION BY (n) ORDER BY n) FROM (SELECT 1 AS n)",
        "SELECT (SELECT 1) AS one ORDER BY one",
        "SELECT event FROM events GROUP BY event LIMIT 1 WITH TIES",
        "SELECT * EXCLUDE (event) FROM events",
        "SELECT count() FILTER (WHERE event = 'a'), sum(1) OVER () FROM events",
    ],
)
def test_what_only_looks_alike_is_read(query: str) -> None:
    parse_select(query)
