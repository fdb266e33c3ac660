"""Reading an identity provider's answer: who has come, or why it is not believed.

The answer's shape is checked by `hedgerow.sso.saml.shape`, the signature and the usual conditions by python3-saml;
what that library leaves open is required here. Everything that is returned stands in the signed part.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from lxml import etree
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from onelogin.saml2.response import OneLogin_Saml2_Response as Response
from onelogin.saml2.utils import OneLogin_Saml2_Utils as SamlUtils

from hedgerow.domains.models import Domain
from hedgerow.domains.ownership import domain_name
from hedgerow.sso.saml.service_provider import acs_url, entity_id, saml_settings
from hedgerow.sso.saml.shape import RefusedAnswer, check_shape, decoded

DRIFT: Final = timedelta(minutes=5)
"""How far the clocks of both sides may differ."""
LONGEST_ID: Final = 500

_CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
PERMANENT_ID = ("name_id", "NAME_ID", "nameId", "urn:oid:0.9.2342.19200300.100.1.1")
EMAIL = ("email", "EMAIL", f"{_CLAIMS}/emailaddress", "urn:oid:0.9.2342.19200300.100.1.3")
FIRST_NAME = ("first_name", "FIRST_NAME", "firstName", f"{_CLAIMS}/givenname", "urn:oid:2.5.4.42")
LAST_NAME = ("last_name", "LAST_NAME", "lastName", f"{_CLAIMS}/surname", "urn:oid:2.5.4.4")
FULL_NAME = ("full_name", "FULL_NAME", "fullName", "urn:oid:2.5.4.3")
"""The attributes that can mean something; the first of these names that is there counts."""

_TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
_CONFIRMATIONS = "/samlp:Response/saml:Assertion/saml:Subject/saml:SubjectConfirmation"
_RESTRICTIONS = "/samlp:Response/saml:Assertion/saml:Conditions/saml:AudienceRestriction"
_NAMES = {"samlp": "urn:oasis:names:tc:SAML:2.0:protocol", "saml": "urn:oasis:names:tc:SAML:2.0:assertion"}


@dataclass(frozen=True)
class Assertion:
    """What an identity provider says of a person.

    `hash` stands for the assertion, which is worth nothing after `expires_at`. `in_response_to` is the id of the
    request it answers, None when the identity provider began by itself.
    """

    hash: str
    expires_at: datetime
    in_response_to: str | None
    permanent_id: str
    email: str
    first_name: str
    last_name: str


def read_answer(domain: Domain, text: str) -> Assertion:
    """What the domain's identity provider says in an answer as a form sends it. Raises RefusedAnswer."""
    xml = decoded(text)
    check_shape(xml)
    try:
        response = Response(saml_settings(domain), text)
        if not response.is_valid(_received_at()):
            raise RefusedAnswer(str(response.get_error()))
        return _assertion(domain, response)
    except (OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError, etree.LxmlError, ValueError) as error:
        raise RefusedAnswer(str(error)) from error


def _received_at() -> dict[str, str]:
    """The address as people know it, whatever proxies have made of it."""
    address = urlsplit(acs_url())
    return {
        "https": "on" if address.scheme == "https" else "off",
        "http_host": address.netloc,
        "script_name": address.path,
    }


def _assertion(domain: Domain, response: Any) -> Assertion:
    document = response.get_xml_document()
    _require_destination(document)
    _require_audience(document)
    confirmed_until, in_response_to = _confirmation(document)
    attributes = _attributes(response)
    email = _first(attributes, EMAIL)
    if domain_name(email) != domain.domain:
        raise RefusedAnswer(f"The e-mail address is not one of {domain.domain}.")
    permanent_id = _first(attributes, PERMANENT_ID)
    if not permanent_id or len(permanent_id) > LONGEST_ID:
        raise RefusedAnswer("The answer has no permanent id of the person.")
    first, last = _first(attributes, FIRST_NAME), _first(attributes, LAST_NAME)
    if not first and not last:
        first, _, last = _first(attributes, FULL_NAME).partition(" ")
    assertion_id = str(response.get_assertion_id())
    return Assertion(
        hashlib.sha256(assertion_id.encode()).hexdigest(),
        confirmed_until + DRIFT,
        in_response_to,
        permanent_id,
        email,
        first,
        last,
    )


def _require_destination(document: etree._Element) -> None:
    """The library takes whatever begins like our address."""
    if document.get("Destination") not in {None, acs_url()}:
        raise RefusedAnswer("The answer was meant for another address.")


def _require_audience(document: etree._Element) -> None:
    """The library takes an assertion that is for nobody in particular."""
    restrictions = document.xpath(_RESTRICTIONS, namespaces=_NAMES)
    for restriction in restrictions:
        if entity_id() not in [audience.text for audience in restriction]:
            raise RefusedAnswer("The assertion is for somebody else.")
    if not restrictions:
        raise RefusedAnswer("The assertion does not say whom it is for.")


def _confirmation(document: etree._Element) -> tuple[datetime, str | None]:
    """Until when the assertion may be handed over, and the request it answers.

    All confirmations must be for this server, and have an end. The answer itself may name the request, too, but may not
    be signed; so what the assertion says counts, and both must agree.
    """
    ends, requests = [], {document.get("InResponseTo")} - {None}
    for confirmation in document.xpath(_CONFIRMATIONS, namespaces=_NAMES):
        data = confirmation.find("saml:SubjectConfirmationData", _NAMES)
        if data is None or data.get("Recipient") != acs_url():
            raise RefusedAnswer("The assertion is to be handed over to somebody else.")
        if not data.get("NotOnOrAfter"):
            raise RefusedAnswer("The assertion does not say how long it may be handed over.")
        ends.append(SamlUtils.parse_SAML_to_time(data.get("NotOnOrAfter")))
        requests |= {data.get("InResponseTo")} - {None}
    if len(requests) > 1:
        raise RefusedAnswer("The answer is to several requests.")
    return datetime.fromtimestamp(max(ends), UTC), next(iter(requests), None)


def _attributes(response: Any) -> dict[str, list[str]]:
    """The attributes by name, the subject's own name among them unless it is another one at each login."""
    attributes = {
        name: [value for value in values if isinstance(value, str)]
        for name, values in response.get_attributes().items()
    }
    subject = response.get_nameid_data()
    if subject.get("Format") != _TRANSIENT:
        attributes["name_id"] = [subject["Value"].strip()]
    return attributes


def _first(attributes: Mapping[str, list[str]], names: tuple[str, ...]) -> str:
    """The value of the first attribute that is there, or an empty text. Raises RefusedAnswer for several values."""
    for name in names:
        values = attributes.get(name)
        if values:
            if len(values) > 1:
                raise RefusedAnswer(f"The attribute {name} has several values.")
            return values[0]
    return ""
