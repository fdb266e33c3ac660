"""The chain of elements: older browser SDKs send a list, newer ones the finished text. Both mean the same."""

from hedgerow.capture.elements import elements_chain

CLICK = [
    {
        "tag_name": "button",
        "$el_text": "Go now",
        "classes": ["btn", "primary"],
        "attr__id": "b",
        "attr__class": "btn primary",
        "attr__data-attr": "go",
        "nth_child": 2,
        "nth_of_type": 1,
    },
    {"tag_name": "body", "nth_child": 2, "nth_of_type": 1},
]


def test_a_list_becomes_what_newer_sdks_send() -> None:
    assert elements_chain(CLICK) == (
        'button.btn.primary:attr__class="btn primary"attr__data-attr="go"attr__id="b"attr_id="b"nth-child="2"'
        'nth-of-type="1"text="Go now";body:nth-child="2"nth-of-type="1"'
    )


def test_quotes_are_escaped() -> None:
    assert elements_chain([{"tag_name": "a", "$el_text": 'say "hi"'}]) == r'a:text="say \"hi\""'


def test_long_texts_and_addresses_are_cut() -> None:
    chain = elements_chain([{"tag_name": "a", "$el_text": "t" * 500, "attr__href": "h" * 3000}])
    assert f'text="{"t" * 400}"' in chain
    assert f'href="{"h" * 2048}"' in chain


def test_what_is_no_element_is_left_out() -> None:
    assert elements_chain([None, "a", {"tag_name": "p"}]) == "p:"
