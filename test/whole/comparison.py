"""Asks several servers the same questions and says where their answers differ (dnspython reads the messages)."""
import random
import socket
from dataclasses import dataclass

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.zone

from .local_zones import QUESTION_TYPES

SECONDS = 5


@dataclass(frozen=True)
class Question:
    name: str
    type: str
    dnssec: bool

    def __str__(self):
        return f"{self.name} {self.type}{' DO' if self.dnssec else ''}"


@dataclass(frozen=True)
class Said:
    """What counts of an answer: sections are sets of (owner, type, TTL, rdata), case of names apart."""
    rcode: str
    aa: bool
    tc: bool
    answer: frozenset
    authority: frozenset
    additional: frozenset

    def types(self, section):
        return sorted({record[1] for record in getattr(self, section)})


def rows_of(section):
    return frozenset((rrset.name.canonicalize().to_text(), dns.rdatatype.to_text(rrset.rdtype), rrset.ttl,
                      rdata.to_digestable().hex()) for rrset in section for rdata in rrset)


def said(message):
    return Said(dns.rcode.to_text(message.rcode()), bool(message.flags & dns.flags.AA), bool(message.flags & dns.flags.TC),
                rows_of(message.answer), rows_of(message.authority), rows_of(message.additional))


class Asker:
    """One UDP socket to one server; TCP when an answer is truncated and `whole` is wanted."""

    def __init__(self, port, rd=False):
        self.port, self.rd = port, rd
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.settimeout(SECONDS)
        self.sock.connect(("127.0.0.1", port))

    def close(self):
        self.sock.close()

    def query(self, question):
        query = dns.message.make_query(question.name, question.type, use_edns=0, payload=1232,
                                       want_dnssec=question.dnssec)
        query.flags = dns.flags.RD if self.rd else 0
        return query

    def ask(self, question):
        query = self.query(question)
        self.sock.send(query.to_wire())
        while True:
            octets = self.sock.recv(65535)
            if int.from_bytes(octets[:2], "big") == query.id:
                return said(dns.message.from_wire(octets, ignore_trailing=False))


# ---- questions --------------------------------------------------------------------------------------------------

def owners(path, zone):
    """Every owner name of a zone file but NSEC3 hashes, and the empty non-terminals above them."""
    origin, found = dns.name.from_text(zone), set()
    for name, node in dns.zone.from_file(path, origin, relativize=False, check_origin=False).nodes.items():
        if any(rdataset.rdtype == dns.rdatatype.NSEC3 for rdataset in node):
            continue
        while name != origin:
            found.add(name)
            name = name.parent()
    return sorted(found | {origin})


def around(name, origin):
    """Names near a name: itself, below it, beside it in canonical order, a wildcard's label."""
    yield name
    for labels in (("x",), ("x", "y"), ("*",), ("zzz",)):
        try:
            yield dns.name.Name(labels + name.labels)
        except dns.name.NameTooLong:
            pass
    if name != origin:
        first = name.labels[0]
        for beside in (first[:-1] + bytes([first[-1] - 1 & 0xFF]) + b"\xff", first + b"\0", first + b"0"):
            yield dns.name.Name((beside,) + name.labels[1:])


def questions_of(path, zone, count, seed=1):
    """Every owner with each of its types, then a sample of `count` around them; half with DO."""
    origin = dns.name.from_text(zone)
    every = owners(path, zone)
    sure, near = [], []
    for name in every:
        sure += [Question(name.to_text(), rrtype, True) for rrtype in ("A", "TXT", "DS")]
        for other in around(name, origin):
            near += [Question(other.to_text(), rrtype, dnssec) for rrtype in QUESTION_TYPES for dnssec in (False, True)]
    rng = random.Random(seed)
    return sure + rng.sample(near, min(count, len(near)))


def dname_questions(zone):
    """What goes on at a DNAME's target whatever is asked (RFC 6672 3.2), and CNAME, which does not."""
    return [Question(f"{name}.{zone}", rrtype, dnssec) for name in ("x.dname", "y.dname", "nope.dname", "x.dname-out")
            for rrtype in ("ANY", "RRSIG", "CNAME", "DNAME") for dnssec in (False, True)]


# ---- judging ----------------------------------------------------------------------------------------------------

FIELDS = ("rcode", "aa", "tc", "answer", "authority")


def differing(ours, theirs):
    """What is left of an answer that was cut is each server's own choice: then only the header counts."""
    fields = FIELDS[:3] if ours.tc and theirs.tc else FIELDS
    return [field for field in fields if getattr(ours, field) != getattr(theirs, field)]


def described(question, ours, peer, theirs):
    parts = []
    for field in differing(ours, theirs):
        a, b = getattr(ours, field), getattr(theirs, field)
        if isinstance(a, frozenset):
            a, b = (["%s %s %d" % record[:3] for record in sorted(only)][:4] for only in (a - b, b - a))
        parts.append(f"{field}: {a} here, {b} at {peer}")
    return f"{question}: " + ", ".join(parts)


def differences(our_port, peer_ports, questions, accepted):
    """Lines about answers that are like no peer's, or unlike those that all peers agree on; accepted ones apart.

    Where the peers differ among themselves, one of them must be with us. accepted: rows (what, holds(question, ours, theirs)).
    """
    here, peers, wrong = Asker(our_port), {name: Asker(port) for name, port in peer_ports.items()}, []
    try:
        for question in questions:
            ours = here.ask(question)
            theirs = {name: peer.ask(question) for name, peer in peers.items()}
            if any(not differing(ours, said_there) for said_there in theirs.values()):
                continue
            if any(holds(question, ours, said_there) for _, holds in accepted for said_there in theirs.values()):
                continue
            name, said_there = next(iter(theirs.items()))
            wrong.append(described(question, ours, name, said_there))
    finally:
        for asker in (here, *peers.values()):
            asker.close()
    return wrong
