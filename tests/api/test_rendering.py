"""How answers are written."""

import math

import orjson
import pytest

from hedgerow.api.rendering import JSONRenderer


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"a": [math.nan, math.inf]}, {"a": [None, None]}),
        ({"a": [10**30, {"b": -(10**30)}]}, {"a": [1e30, {"b": -1e30}]}),
        ([2**64 - 1, -(2**63)], [2**64 - 1, -(2**63)]),
    ],
    ids=["not finite", "more than 64 bits", "64 bits"],
)
def test_every_number_can_be_written(value: object, written: object) -> None:
    """Whatever the stores give back for a number."""
    assert orjson.loads(JSONRenderer().render(value)) == written
