"""A real identity provider, pysaml2's, in the test's own process."""

import base64
import datetime
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, class_name
from saml2.config import IdPConfig
from saml2.saml import NAME_FORMAT_URI, NAMEID_FORMAT_PERSISTENT, Attribute, AttributeValue, NameID
from saml2.samlp import Response
from saml2.server import Server
from saml2.sigver import pre_signature_part, signed_instance_factory
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

from hedgerow.sso.saml.service_provider import metadata

SIGN_ON = "https://idp.acme.example/sso"
ENTITY = "https://idp.acme.example/metadata"
ADA = "ada@acme.example"
SERVICE = "http://hedgerow.test"

Change = Callable[[Any], None]


class IdentityProvider:
    """Knows people, and says so with its signature. `service` is the server that asks it, described by `described`."""

    def __init__(
        self, sign_on: str = SIGN_ON, service: str = SERVICE, described: str = "", curve: ec.EllipticCurve | None = None
    ) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="hedgerow-idp-")
        self.entity, self.sign_on = ENTITY, sign_on
        self.service, self.acs = service, f"{service}/complete/saml/"
        key, certificate = _key_pair(curve)
        self.key_file = self._write("key.pem", key)
        self.certificate_file = self._write("certificate.pem", certificate)
        self.certificate = certificate
        self._write("service.xml", described or metadata())
        endpoints = {"single_sign_on_service": [(sign_on, BINDING_HTTP_REDIRECT)]}
        policy = {"default": {"lifetime": {"minutes": 15}, "name_form": NAME_FORMAT_URI}}
        settings = {
            "entityid": ENTITY,
            "xmlsec_binary": "/usr/bin/xmlsec1",
            "key_file": self.key_file,
            "cert_file": self.certificate_file,
            "service": {"idp": {"endpoints": endpoints, "policy": policy}},
            "metadata": {"local": [str(Path(self.folder.name) / "service.xml")]},
        }
        self.server = Server(config=IdPConfig().load(settings))

    @property
    def fields(self) -> dict[str, str]:
        """What a domain says of it."""
        return {"saml_entity_id": self.entity, "saml_acs_url": self.sign_on, "saml_x509_cert": self.certificate}

    def request_in(self, location: str) -> Any:
        """The request that a redirect of the service provider brings, as pysaml2 reads it."""
        query = parse_qs(urlsplit(location).query)
        return self.server.parse_authn_request(query["SAMLRequest"][0], BINDING_HTTP_REDIRECT).message

    def response(
        self,
        email: str = ADA,
        *,
        name_id: str = "ada-1",
        name_id_format: str = NAMEID_FORMAT_PERSISTENT,
        in_response_to: str | None = None,
        **attributes: str,
    ) -> Response:
        """What it says of a person, without a signature yet."""
        said = self.server.create_authn_response(
            {"mail": email, **attributes},
            in_response_to=in_response_to,
            destination=self.acs,
            sp_entity_id=self.service,
            name_id=NameID(format=name_id_format, text=name_id),
            authn={"class_ref": "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"},
            sign_response=False,
            sign_assertion=False,
        )
        assert isinstance(said, Response)
        return said

    def signed(
        self,
        response: Response,
        *,
        parts: str = "assertion",
        method: str = SIG_RSA_SHA256,
        digest: str = DIGEST_SHA256,
    ) -> str:
        """The XML with the signatures; `parts` is `assertion`, `response` or `both`."""
        wanted = {"assertion": [response.assertion], "response": [response], "both": [response.assertion, response]}
        signing = []
        for part in wanted[parts]:
            part.signature = pre_signature_part(part.id, self.server.sec.my_cert, len(signing) + 1, digest, method)
            signing.append((class_name(part), part.id))
        return str(signed_instance_factory(response, self.server.sec, signing))

    def answer(self, email: str = ADA, *, parts: str = "assertion", change: Change | None = None, **person: Any) -> str:
        """A signed answer; `change` is made before it is signed."""
        response = self.response(email, **person)
        if change is not None:
            change(response)
        return self.signed(response, parts=parts)

    def post_binding(self, location: str, email: str = ADA) -> str:
        """The page with which it sends its answer to a request by way of the browser."""
        request = self.request_in(location)
        state = parse_qs(urlsplit(location).query)["RelayState"][0]
        answer = self.answer(email, in_response_to=request.id)
        page = self.server.apply_binding(BINDING_HTTP_POST, answer, self.acs, state, response=True)
        return str(page["data"])

    def _write(self, name: str, text: str) -> str:
        path = Path(self.folder.name) / name
        path.write_text(text)
        return str(path)


@cache
def the_identity_provider() -> IdentityProvider:
    """The one of acme.example; made once, as keys take their time."""
    return IdentityProvider()


@cache
def a_stranger() -> IdentityProvider:
    """Somebody else's, who calls it by the same name and has another key."""
    return IdentityProvider()


def form(domain: Any, xml: str | bytes) -> dict[str, str]:
    """What a browser sends with an answer."""
    content = xml.encode() if isinstance(xml, str) else xml
    return {"SAMLResponse": base64.b64encode(content).decode(), "RelayState": str(domain)}


def says(attributes: Mapping[str, str]) -> Change:
    """Have the assertion say just this of the person."""

    def change(response: Response) -> None:
        statement = response.assertion.attribute_statement[0]
        statement.attribute = [
            Attribute(name=name, attribute_value=[AttributeValue(text=value)]) for name, value in attributes.items()
        ]

    return change


def _key_pair(curve: ec.EllipticCurve | None) -> tuple[str, str]:
    """A private key and a certificate of it, both in PEM; of RSA where no curve is named."""
    key = ec.generate_private_key(curve) if curve else rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.acme.example")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    key_text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
    return key_text.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()
