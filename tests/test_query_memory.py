"""How much memory a query may use."""

from pathlib import Path

import pytest

from hedgerow import settings
from hedgerow.settings import MOST_QUERY_MEMORY, Settings, memory_of_machine


def test_a_query_gets_half_of_the_memory_but_not_more_than_four_gibibytes() -> None:
    assert Settings(query_max_memory=0).query_memory == min(memory_of_machine() // 2, MOST_QUERY_MEMORY)
    assert Settings(query_max_memory=50_000_000).query_memory == 50_000_000


def test_the_limit_of_a_container_is_its_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_limit, small = tmp_path / "memory.max", tmp_path / "memory.limit_in_bytes"
    without_limit.write_text("max\n")
    small.write_text("268435456\n")
    monkeypatch.setattr(settings, "_CONTAINER_LIMITS", (tmp_path / "absent", without_limit, small))
    assert memory_of_machine() == 268435456
    assert Settings(query_max_memory=0).query_memory == 134217728
