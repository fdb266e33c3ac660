"""Which type a property is given, by its name and some of its values."""

from typing import Any

import pytest

from hedgerow.taxonomy.property_types import infer_property_type


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("plan", ["pro"], "String"),
        ("price", [1, 2.5], "Numeric"),
        ("price", ["12.50", "-3", "1e3"], "Numeric"),
        ("is_paid", [True], "Boolean"),
        ("is_paid", ["true", "false"], "Boolean"),
        ("signed_up", ["2024-01-31"], "DateTime"),
        ("signed_up", ["2024-01-31T10:00:00Z", "2024-01-31 10:00:00.123+02:00"], "DateTime"),
        ("signed_up", ["2024-13-01"], "String"),
        ("created_at", [1700000000], "DateTime"),
        ("createdAt", [1700000000000], "DateTime"),
        ("event_time", ["1700000000"], "DateTime"),
        ("created_at", [170000], "Numeric"),
        ("count", [1700000000], "Numeric"),
        ("lifetime_value", [1700000000], "Numeric"),
        ("updates", [1700000000], "Numeric"),
        ("order_id", ["123"], "String"),
        ("order_id", [123], "Numeric"),
        ("zip", ["90210"], "String"),
        ("number", ["007"], "String"),
        ("app_version", ["1.10"], "String"),
        ("utm_campaign", ["2024"], "String"),
        ("$initial_utm_term", ["5"], "String"),
        ("$feature/new-checkout", [True], "String"),
        ("$survey_response_1", ["5"], "String"),
        ("mixed", [1, "one"], "String"),
        ("mixed", [True, 1], "String"),
        ("tags", [["a"]], "String"),
        ("address", [{"street": "x"}], "String"),
        ("partly", [None, 3, None], "Numeric"),
        ("never", [None], None),
        ("never", [], None),
    ],
)
def test_type(name: str, values: list[Any], expected: str | None) -> None:
    assert infer_property_type(name, values) == expected
