"""A DNS server for tests, on a free port of the loopback, by UDP and TCP."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from dnslib import QTYPE, RCODE, RR, TXT, DNSRecord
from dnslib.server import BaseResolver, DNSHandler, DNSLogger, DNSServer


@dataclass
class PlayedDNS(BaseResolver):
    """What the server says. `records` are texts by lower-case name without the last dot, each text in parts."""

    records: dict[str, list[list[str]]] = field(default_factory=dict)
    failure: int | None = None
    address: str = ""
    asked: list[str] = field(default_factory=list)

    def publish(self, name: str, *texts: str | list[str]) -> None:
        """Put TXT records there in place of those there were; a text given as a list is in several strings."""
        self.records[name] = [text if isinstance(text, list) else [text] for text in texts]

    def resolve(self, request: DNSRecord, handler: DNSHandler) -> DNSRecord:
        """The answer."""
        name = str(request.q.qname).rstrip(".").lower()
        self.asked.append(f"{name} {QTYPE[request.q.qtype]}")
        reply = request.reply()
        if self.failure is not None:
            reply.header.rcode = self.failure
        elif name not in self.records:
            reply.header.rcode = RCODE.NXDOMAIN
        for parts in self.records.get(name, []) if reply.header.rcode == RCODE.NOERROR else []:
            reply.add_answer(RR(request.q.qname, QTYPE.TXT, rdata=TXT([part.encode() for part in parts]), ttl=60))
        return reply


@contextmanager
def playing_dns() -> Iterator[PlayedDNS]:
    """A running DNS server."""
    played = PlayedDNS()
    servers = _on_one_port(played)
    played.address = f"127.0.0.1:{servers[0].server.server_address[1]}"
    for server in servers:
        server.start_thread()
    try:
        yield played
    finally:
        for server in servers:
            server.server.shutdown()
            server.server.server_close()
            assert isinstance(server.thread, threading.Thread)
            server.thread.join()


def _on_one_port(played: PlayedDNS) -> tuple[DNSServer, DNSServer]:
    """Servers by TCP and UDP on the same port, of which the first one found may be taken for the other."""
    quiet = DNSLogger(log="-request,-reply,-truncated,-error")
    while True:
        by_tcp = DNSServer(played, address="127.0.0.1", port=0, tcp=True, logger=quiet)
        try:
            port = by_tcp.server.server_address[1]
            return by_tcp, DNSServer(played, address="127.0.0.1", port=port, logger=quiet)
        except OSError:
            by_tcp.server.server_close()


@contextmanager
def silent_dns() -> Iterator[str]:
    """The address of a server that takes questions and never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{silent.getsockname()[1]}"
