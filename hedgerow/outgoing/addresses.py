"""What addresses the server may talk to when people say where: public ones, and those the operator allows.

Whoever can name a URL that the server then opens can have it look into the network it stands in. So a URL is checked
when it is given (`check_url`), and again at every connection (`hedgerow.outgoing.connecting`), as names may lead
elsewhere later.
"""

import ipaddress
import re
import socket
from collections.abc import Callable

import httpx
from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]
"""The addresses of a host name and port. Raises OSError for a name that has none."""

LOCAL_HOSTS = frozenset(
    {
        *("localhost", "127.0.0.1", "::1", "0.0.0.0"),  # noqa: S104 - named to be refused
        *("metadata", "metadata.google.internal", "169.254.169.254", "100.100.100.200", "fd00:ec2::254"),
    }
)
"""This machine, and where providers of machines tell them their secrets."""

INTERNAL_SUFFIXES = (
    *(".local", ".internal", ".consul", ".lan", ".home", ".corp", ".localdomain", ".home.arpa", ".intranet", ".priv"),
    *(".cluster.local", ".svc.cluster.local"),
)
"""Endings of names that mean something inside of a network only."""

LAST_PORT = 65535

_AUTHORITY = re.compile(r"^[^:/?#]*://([^/?#]*)")
_AMBIGUOUS = re.compile(r"[\\\x00-\x20\x7f]|%5c|@.*@", re.IGNORECASE | re.DOTALL)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class RefusedAddress(ValueError):  # noqa: N818 - told as it is named
    """The server does not talk to this address; the text says why."""

    @property
    def reason(self) -> str:
        """Why, as people are told."""
        return str(self)


def resolve(host: str, port: int) -> list[str]:
    """The addresses the system knows for a host, each once. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def check_url(url: str, resolve: Resolve = resolve) -> None:
    """Make sure that the server may open a URL. Raises RefusedAddress."""
    parsed = checked_form(url)
    allowed_addresses(_host(parsed), parsed.port or (443 if parsed.scheme == "https" else 80), resolve)


def checked_form(url: str) -> httpx.URL:
    """The URL, of which everybody reads the same host: some texts mean one to one program and another to the next.

    Raises RefusedAddress.
    """
    authority = _AUTHORITY.match(url)
    if authority is not None and _AMBIGUOUS.search(authority[1]):
        raise RefusedAddress("Invalid URL: ambiguous authority")
    if not url.lower().startswith(("http://", "https://")):
        raise RefusedAddress("URL must start with http:// or https://")
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise RefusedAddress("Invalid URL") from None
    if not _host(parsed):
        raise RefusedAddress("Missing host")
    if parsed.port is not None and not 0 < parsed.port <= LAST_PORT:
        raise RefusedAddress("Invalid URL")
    return parsed


def allowed_addresses(host: str, port: int, resolve: Resolve = resolve) -> list[str]:
    """The addresses of a host, all of which the server may talk to. Raises RefusedAddress."""
    host = host.lower().rstrip(".")
    literal = _literal(host)
    if host in _allowed_names() or (literal is not None and _is_allowed(literal)):
        return [str(literal)] if literal is not None else _resolved(host, port, resolve)
    if host in LOCAL_HOSTS or (literal is not None and str(literal) in LOCAL_HOSTS):
        raise RefusedAddress("Local/metadata host")
    if host.endswith(".localhost") or (literal is not None and (literal.is_loopback or literal.is_unspecified)):
        raise RefusedAddress("Local/Loopback host not allowed")
    if literal is not None:
        if not _is_public(literal):
            raise RefusedAddress("Private IP address not allowed")
        return [str(literal)]
    for suffix in INTERNAL_SUFFIXES:
        if host.endswith(suffix):
            raise RefusedAddress(f"Internal domain pattern blocked: {suffix}")
    addresses = _resolved(host, port, resolve)
    for address in addresses:
        found = ipaddress.ip_address(address)
        if not (_is_public(found) or _is_allowed(found)):
            raise RefusedAddress(f"Disallowed target IP: {address}")
    return addresses


def _host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii").strip("[]")


def _resolved(host: str, port: int, resolve: Resolve) -> list[str]:
    try:
        addresses = resolve(host, port)
    except (OSError, UnicodeError):
        addresses = []
    if not addresses:
        raise RefusedAddress("Could not resolve host")
    return addresses


def _literal(host: str) -> Address | None:
    """The address a host is written as: also as one number, in octal or hexadecimal, or with parts left out."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None


def _is_public(address: Address) -> bool:
    """Whether it is an ordinary address of the internet; one that wraps an IPv4 address counts as what it wraps."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return False
        wrapped = address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in _NAT64:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if wrapped is not None:
            return _is_public(wrapped)
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _allowed_names() -> set[str]:
    return {name.lower().rstrip(".") for name in settings.HEDGEROW.outgoing_allowed_hosts}


def _is_allowed(address: Address) -> bool:
    """Whether the operator allows it, by itself or with its network."""
    for allowed in settings.HEDGEROW.outgoing_allowed_hosts:
        try:
            if address in ipaddress.ip_network(allowed):
                return True
        except ValueError:  # a name
            continue
    return False
