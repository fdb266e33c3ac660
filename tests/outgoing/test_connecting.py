"""Requests to addresses that people name reach checked addresses only, and end in time."""

import datetime
import ipaddress
import socket
import ssl
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hedgerow.outgoing.addresses import RefusedAddress, check_url
from hedgerow.outgoing.connecting import client
from tests.outgoing.conftest import Allow
from tests.outgoing.serving import Receiver

HERE = "127.0.0.1"


def here(host: str, port: int) -> list[str]:
    """Every name leads to this machine."""
    return [HERE]


class Changing:
    """Names that lead somewhere else every time they are looked up."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    def __call__(self, host: str, port: int) -> list[str]:
        return [self.answers.pop(0)]


def test_an_allowed_host_is_reached_under_its_name(allow: Allow) -> None:
    allow("hooks.example")
    with Receiver() as receiver, client(resolve=here) as outgoing:
        answer = outgoing.get(f"http://hooks.example:{receiver.port}/a?b=1")

    assert (answer.status_code, answer.text, receiver.asked) == (200, "hello", ["/a?b=1"])
    assert answer.request.headers["host"] == f"hooks.example:{receiver.port}"


def test_a_name_that_leads_elsewhere_after_the_check_reaches_nothing() -> None:
    changing = Changing("93.184.216.34", HERE)
    with Receiver() as receiver, client(resolve=changing) as outgoing:
        url = f"http://rebinding.example:{receiver.port}/"
        check_url(url, changing)
        with pytest.raises(RefusedAddress, match=r"Disallowed target IP: 127\.0\.0\.1"):
            outgoing.get(url)

    assert receiver.asked == []


def test_the_connection_goes_to_the_address_that_was_checked(allow: Allow) -> None:
    """The name is looked up once: were it looked up again for the connection, there would be no answer left."""
    allow("127.0.0.1")
    changing = Changing(HERE)
    with Receiver() as receiver, client(resolve=changing) as outgoing:
        assert outgoing.get(f"http://once.example:{receiver.port}/").text == "hello"

    assert changing.answers == []


def test_every_request_is_checked_again(allow: Allow) -> None:
    allow("127.0.0.1")
    with Receiver() as receiver, client(resolve=Changing(HERE, "10.0.0.1")) as outgoing:
        url = f"http://changing.example:{receiver.port}/"
        assert outgoing.get(url).text == "hello"
        with pytest.raises(RefusedAddress, match=r"10\.0\.0\.1"):
            outgoing.get(url)


def test_redirects_are_not_followed(allow: Allow) -> None:
    allow("hooks.example")
    with Receiver() as receiver, client(resolve=here) as outgoing:
        answer = outgoing.get(f"http://hooks.example:{receiver.port}/to/http://other.example/")

    assert (answer.status_code, receiver.asked) == (302, ["/to/http://other.example/"])


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://169.254.169.254/latest/", "Local/metadata host"),
        ("http://other.example:{port}/secret", "Disallowed target IP: 127.0.0.1"),
        ("http://127.0.0.1:{port}/secret", "Local/metadata host"),
    ],
)
def test_redirects_that_are_followed_are_checked(allow: Allow, target: str, reason: str) -> None:
    allow("hooks.example")
    with (
        Receiver() as receiver,
        client(resolve=here, follow_redirects=True) as outgoing,
        pytest.raises(RefusedAddress, match=reason),
    ):
        outgoing.get(f"http://hooks.example:{receiver.port}/to/{target.format(port=receiver.port)}")

    assert len(receiver.asked) == 1


def test_a_redirect_to_an_allowed_host_can_be_followed(allow: Allow) -> None:
    allow("hooks.example")
    with Receiver() as receiver, client(resolve=here, follow_redirects=True) as outgoing:
        answer = outgoing.get(f"http://hooks.example:{receiver.port}/to/http://hooks.example:{receiver.port}/there")

    assert (answer.status_code, receiver.asked[1:]) == (200, ["/there"])


def test_an_answer_that_never_ends_is_left(allow: Allow) -> None:
    allow("hooks.example")
    with (
        Receiver() as receiver,
        client(resolve=here, seconds=0.3) as outgoing,
        pytest.raises(httpx.TimeoutException),
    ):
        outgoing.get(f"http://hooks.example:{receiver.port}/drip")


def test_an_answer_that_is_too_long_is_left(allow: Allow) -> None:
    allow("hooks.example")
    with Receiver() as receiver, client(resolve=here, most_bytes=10_000) as outgoing:
        assert len(outgoing.get(f"http://hooks.example:{receiver.port}/long/9000").content) == 9_000
        with pytest.raises(httpx.ReadError):
            outgoing.get(f"http://hooks.example:{receiver.port}/long/10001")


def test_answers_are_not_unpacked(allow: Allow) -> None:
    allow("hooks.example")
    with Receiver() as receiver, client(resolve=here) as outgoing:
        assert outgoing.get(f"http://hooks.example:{receiver.port}/packed").content == b"hello"


def test_the_next_address_of_a_name_is_tried_when_one_does_not_answer(allow: Allow) -> None:
    allow("127.0.0.0/8")
    with Receiver() as receiver, client(resolve=lambda host, port: ["127.0.0.9", HERE]) as outgoing:
        assert outgoing.get(f"http://two.example:{receiver.port}/").text == "hello"


def test_a_closed_port_is_an_error_of_the_connection(allow: Allow) -> None:
    allow("127.0.0.1")
    with socket.socket() as probe, client(resolve=here) as outgoing:
        probe.bind((HERE, 0))
        with pytest.raises(httpx.ConnectError):
            outgoing.get(f"http://closed.example:{probe.getsockname()[1]}/")


def test_tls_is_checked_against_the_name(allow: Allow, tmp_path: Path) -> None:
    allow("127.0.0.1")
    server, trusting = contexts("hooks.example", tmp_path)
    with Receiver(server) as receiver, client(resolve=here, verify=trusting) as outgoing:
        assert outgoing.get(f"https://hooks.example:{receiver.port}/").text == "hello"
        with pytest.raises(httpx.ConnectError, match="Hostname mismatch"):
            outgoing.get(f"https://other.example:{receiver.port}/")


def test_an_unknown_certificate_is_not_trusted(allow: Allow, tmp_path: Path) -> None:
    allow("127.0.0.1")
    with (
        Receiver(contexts("hooks.example", tmp_path)[0]) as receiver,
        client(resolve=here) as outgoing,
        pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        outgoing.get(f"https://hooks.example:{receiver.port}/")


def contexts(host: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS of a server with a certificate for a host, and of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(host), x509.IPAddress(ipaddress.ip_address("192.0.2.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=str(file))
