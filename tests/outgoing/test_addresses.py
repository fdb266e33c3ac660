"""Which URLs the server may open, and why it may not open others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedgerow.outgoing.addresses import RefusedAddress, check_url
from tests.outgoing.conftest import Allow

PUBLIC = "93.184.216.34"


def names(host: str, port: int) -> list[str]:
    """What hosts of the tests are called."""
    if host == "nowhere.example":
        raise OSError
    return {
        "inside.example": ["10.0.0.5"],
        "both.example": [PUBLIC, "192.168.1.4"],
        "mapped.example": ["::ffff:10.0.0.1"],
        "carrier.example": ["100.64.0.1"],
        "six.example": ["2606:2800:220:1::1"],
        "local6.example": ["fe80::1%eth0"],
        "nothing.example": [],
    }.get(host, [PUBLIC])


def refusal(url: str) -> str | None:
    """Why a URL is refused; None if it is not."""
    try:
        check_url(url, names)
    except RefusedAddress as refused:
        return refused.reason
    return None


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook?a=1#b",
        "http://example.com:8080/",
        "https://user:secret@example.com/",
        "HTTPS://EXAMPLE.COM/a%5cb",
        "https://bücher.example/",
        f"http://{PUBLIC}/",
        "http://1572395042/",  # 93.184.216.34 as one number
        "http://[2606:2800:220:1::1]/",
        "http://six.example/",
        "https://example.com./",
        "https://mylocal/",
        "https://example.com/a b\\c%5Cd?e@f@g",
    ],
)
def test_public_urls_are_allowed(url: str) -> None:
    assert refusal(url) is None


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.com\\@10.0.0.1/", "Invalid URL: ambiguous authority"),
        ("http://example.com%5c@10.0.0.1/", "Invalid URL: ambiguous authority"),
        ("http://example.com%5C.evil.example/", "Invalid URL: ambiguous authority"),
        ("http://a@b@example.com/", "Invalid URL: ambiguous authority"),
        ("http://example.com /", "Invalid URL: ambiguous authority"),
        ("http://exam\nple.com/", "Invalid URL: ambiguous authority"),
        ("http://example.com/\n", "Invalid URL"),
        (" http://example.com/", "URL must start with http:// or https://"),
        ("http:\\\\10.0.0.1\\", "URL must start with http:// or https://"),
        ("ftp://example.com/", "URL must start with http:// or https://"),
        ("file:///etc/passwd", "URL must start with http:// or https://"),
        ("example.com", "URL must start with http:// or https://"),
        ("", "URL must start with http:// or https://"),
        ("http://", "Missing host"),
        ("https:///path", "Missing host"),
        ("http://example.com:99999999/", "Invalid URL"),
        ("http://１２７.０.０.１/", "Invalid URL"),
        ("http://localhost/", "Local/metadata host"),
        ("http://LOCALHOST.:8000/", "Local/metadata host"),
        ("http://127.0.0.1/", "Local/metadata host"),
        ("http://[::1]/", "Local/metadata host"),
        ("http://169.254.169.254/latest/meta-data/", "Local/metadata host"),
        ("http://metadata.google.internal/", "Local/metadata host"),
        ("http://2852039166/", "Local/metadata host"),  # 169.254.169.254
        ("http://0/", "Local/metadata host"),
        ("http://2130706433/", "Local/metadata host"),  # 127.0.0.1
        ("http://0x7f000001/", "Local/metadata host"),
        ("http://0177.0.0.1/", "Invalid URL"),
        ("http://127.1/", "Local/metadata host"),
        ("http://127.0.0.2/", "Local/Loopback host not allowed"),
        ("http://[::]/", "Local/Loopback host not allowed"),
        ("http://app.localhost/", "Local/Loopback host not allowed"),
        ("http://printer.local/", "Internal domain pattern blocked: .local"),
        ("http://a.internal/", "Internal domain pattern blocked: .internal"),
        ("http://a.svc.cluster.local/", "Internal domain pattern blocked: .local"),
        ("http://router.home.arpa/", "Internal domain pattern blocked: .home.arpa"),
        ("http://vault.consul./", "Internal domain pattern blocked: .consul"),
        ("http://10.0.0.1/", "Private IP address not allowed"),
        ("http://192.168.0.1:9000/", "Private IP address not allowed"),
        ("http://172.16.0.1/", "Private IP address not allowed"),
        ("http://0xa000001/", "Private IP address not allowed"),
        ("http://012.0.0.1/", "Invalid URL"),
        ("http://017700000001/", "Local/metadata host"),
        ("http://100.64.0.1/", "Private IP address not allowed"),
        ("http://169.254.1.1/", "Private IP address not allowed"),
        ("http://224.0.0.1/", "Private IP address not allowed"),
        ("http://255.255.255.255/", "Private IP address not allowed"),
        ("http://[fc00::1]/", "Private IP address not allowed"),
        ("http://[fe80::1]/", "Private IP address not allowed"),
        ("http://[::ffff:10.0.0.1]/", "Private IP address not allowed"),
        ("http://[64:ff9b::a00:1]/", "Private IP address not allowed"),  # 10.0.0.1 behind a translator
        ("http://[2002:a00:1::]/", "Private IP address not allowed"),  # 10.0.0.1 in 6to4
        ("http://nowhere.example/", "Could not resolve host"),
        ("http://nothing.example/", "Could not resolve host"),
        ("http://inside.example/", "Disallowed target IP: 10.0.0.5"),
        ("http://both.example/", "Disallowed target IP: 192.168.1.4"),
        ("http://mapped.example/", "Disallowed target IP: ::ffff:10.0.0.1"),
        ("http://carrier.example/", "Disallowed target IP: 100.64.0.1"),
        ("http://local6.example/", "Disallowed target IP: fe80::1%eth0"),
    ],
)
def test_others_are_refused_with_a_reason(url: str, reason: str) -> None:
    assert refusal(url) == reason


def test_the_operator_can_allow_hosts_addresses_and_networks(allow: Allow) -> None:
    allow("Inside.Example", "printer.local", "10.1.0.0/16", "127.0.0.1")

    for url in ("http://inside.example/", "http://printer.local/", "http://10.1.2.3/", "http://127.0.0.1:9000/"):
        assert refusal(url) is None
    assert refusal("http://10.2.0.1/") == "Private IP address not allowed"
    assert refusal("http://localhost/") == "Local/metadata host"
    assert refusal("http://sub.inside.example/") is None  # a public address, as any other name


def test_a_name_may_lead_to_an_allowed_address(allow: Allow) -> None:
    allow("10.0.0.0/24")

    assert refusal("http://inside.example/") is None
    assert refusal("http://both.example/") == "Disallowed target IP: 192.168.1.4"


def test_names_are_looked_up_in_the_system_if_nothing_else_is_said(allow: Allow) -> None:
    allow("localhost")

    check_url("http://localhost:1234/")


@given(st.one_of(st.text(), st.from_regex(r"https?://[\x00-\xff]*", fullmatch=True)))
def test_every_text_is_either_allowed_or_refused(text: str) -> None:
    assert refusal(text) is None or refusal(text)
