"""What the generated files say, without compiling them."""

import ast
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedgerow.taxonomy.codegen import golang, python, typescript
from hedgerow.taxonomy.codegen.described import DescribedEvent, DescribedProperty, schema_hash
from hedgerow.taxonomy.codegen.python import property_identifiers
from tests.taxonomy.codegen.hostile import KNOWN_TYPES, NAMES, hostile_events
from tests.taxonomy.codegen.test_naming import names

LANGUAGES = [golang, python, typescript]
ORDER = DescribedEvent(
    "order placed",
    (
        DescribedProperty("total", "Numeric", True),
        DescribedProperty("class", "String", False),
        DescribedProperty("when", "DateTime", False),
    ),
)
PAGEVIEW = DescribedEvent("$pageview")


def test_typescript_declares_each_schema_by_exact_names() -> None:
    content = typescript.source([PAGEVIEW, ORDER])

    assert '  "$pageview": Record<string, any>;\n' in content
    assert (
        '  "order placed": {\n    "total": number;\n    "class"?: string;\n    "when"?: string | Date;\n'
        "    [name: string]: any;\n  };\n"
    ) in content


def test_python_declares_a_typed_dict_with_a_table_of_exact_names() -> None:
    content = python.source([PAGEVIEW, ORDER])

    assert (
        "class OrderPlacedProperties(TypedDict):\n    total: float\n    class_: NotRequired[str]\n"
        "    when: NotRequired[datetime]\n"
    ) in content
    assert '    "order placed": {\n        "class_": "class",\n    },\n' in content


def test_go_makes_captures_of_required_arguments_and_options() -> None:
    content = golang.source([PAGEVIEW, ORDER])

    assert "func Pageview(distinctID string, properties posthog.Properties) posthog.Capture {" in content
    assert (
        "func OrderPlaced(distinctID string, total float64, options ...OrderPlacedOption) posthog.Capture {" in content
    )
    assert "func OrderPlacedWithClass(value string) OrderPlacedOption {" in content
    assert "func OrderPlacedWithWhen(value time.Time) OrderPlacedOption {" in content


@pytest.mark.parametrize(
    ("language", "types"),
    [
        (typescript, ["string", "number", "boolean", "string | Date", "any[]", "Record<string, any>", "any"]),
        (python, ["str", "float", "bool", "datetime", "list[Any]", "Dict[str, Any]", "Any"]),
        (
            golang,
            *[["string", "float64", "bool", "time.Time", "[]interface{}", "map[string]interface{}", "interface{}"]],
        ),
    ],
)
def test_each_type_has_its_own_in_the_language(language: ModuleType, types: list[str]) -> None:
    for of, type_name in zip((*KNOWN_TYPES, "unknown"), types, strict=True):
        content = language.source([DescribedEvent("measured", (DescribedProperty("it", of, True),))])
        declared = {typescript: f'"it": {type_name};', python: f"    it: {type_name}\n", golang: f", it {type_name})"}
        assert declared[language] in content


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_schemas_make_the_same_file_which_carries_their_hash(language: ModuleType) -> None:
    content = language.source(hostile_events())

    assert content == language.source(hostile_events())
    assert schema_hash(hostile_events()) in content
    assert language.VERSION in content
    assert content.endswith("\n") and not content.endswith("\n\n")


def test_the_hash_changes_with_names_types_and_requirements() -> None:
    [first, *rest] = ORDER.properties
    changed = [
        [],
        [ORDER],
        [ORDER, PAGEVIEW],
        [ORDER._replace(name="order")],
        [ORDER._replace(properties=(first._replace(type="String"), *rest))],
        [ORDER._replace(properties=(first._replace(is_required=False), *rest))],
    ]

    assert len({schema_hash(events) for events in changed}) == len(changed)


def test_python_identifiers_follow_their_rules() -> None:
    assert property_identifiers(["class", "2fa", "order placed", "order-placed", "order_placed", "🫖", "list"]) == {
        "class": "class_",
        "2fa": "prop_2fa",
        "order placed": "order_placed_2",
        "order-placed": "order_placed_3",
        "order_placed": "order_placed",
        "🫖": "prop",
        "list": "list_",
    }


@settings(max_examples=100)
@given(st.lists(st.one_of(names, st.sampled_from(NAMES), st.from_regex(r"[ab_2]{1,4}", fullmatch=True)), unique=True))
def test_python_identifiers_never_stand_for_another_property(properties: list[str]) -> None:
    identifiers = property_identifiers(properties)

    assert set(identifiers) == set(properties)
    assert len(set(identifiers.values())) == len(properties)
    for name, identifier in identifiers.items():
        assert identifier == name or identifier not in properties
        ast.parse(f"class C:\n    {identifier}: str")


@pytest.mark.parametrize("events", [[], [PAGEVIEW], [ORDER], [PAGEVIEW, ORDER]])
def test_files_of_few_events_are_whole(events: list[DescribedEvent], tmp_path: Path) -> None:
    ast.parse(python.source(events))
    (tmp_path / "events.go").write_text(golang.source(events))
    formatted = subprocess.run(["gofmt", "-l", tmp_path], capture_output=True, text=True, timeout=60)
    assert (formatted.stdout, formatted.stderr, formatted.returncode) == ("", "", 0)
