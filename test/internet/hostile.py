"""A malicious authority: one server of hostile.example., and its victim, the honest server of prey.example.

The label in front of hostile.example. says which attack a name belongs to; ATTACKS has one function for each. All that both
addresses were asked is kept.
"""
import functools
import socket
import time

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from . import wire
from .odd import Asked, BothTransports, address_reply

ZONE = dns.name.from_text("hostile.example.")
PREY = dns.name.from_text("prey.example.")
RIGHT, POISON = "192.0.2.5", "203.0.113.66"
DARK = "127.54.3.1"                     # an address that never answers
PREY_ADDRESS = "127.54.3.5"
GHOST_TTL = 2
FAN_OUT = 12
DRIP_SECONDS = 1.0


def name_of(*labels, zone=ZONE):
    return dns.name.from_text(".".join(labels), zone)


def rrset(owner, rrtype, *rdata, ttl=60):
    return dns.rrset.from_text(owner, ttl, "IN", rrtype, *map(str, rdata))


class Reply:
    """An authoritative answer in the making."""

    def __init__(self, query, aa=True):
        self.message = dns.message.make_response(query, our_payload=1232)
        self.message.flags &= ~dns.flags.RA
        self.message.flags |= dns.flags.AA if aa else 0
        self.name, self.type = query.question[0].name, query.question[0].rdtype

    def add(self, section, *sets):
        getattr(self.message, section).extend(sets)
        return self

    def address(self, address=RIGHT, ttl=60, zone=ZONE):
        if self.type == dns.rdatatype.A:
            return self.add("answer", rrset(self.name, "A", address, ttl=ttl))
        return self.nothing(zone=zone)

    def nothing(self, rcode="NOERROR", zone=ZONE):
        self.message.set_rcode(dns.rcode.from_text(rcode))
        return self.add("authority", rrset(zone, "SOA", f"ns1.{zone} h.{zone} 1 60 60 600 60"))

    def referral(self, cut, servers, glue=(), ttl=60):
        self.message.flags &= ~dns.flags.AA
        return self.add("authority", rrset(cut, "NS", *servers, ttl=ttl)).add("additional", *glue)

    def octets(self, size=65535):
        try:
            return self.message.to_wire(max_size=size)
        except dns.exception.TooBig:
            self.message.flags |= dns.flags.TC
            for section in (self.message.answer, self.message.authority, self.message.additional):
                section.clear()
            return self.message.to_wire(max_size=size)


# ---- attacks: each gets the reply to fill and the labels in front of its own, and returns [(delay, octets or Reply)] --------


@functools.cache
def victims(count, tag):
    return [name_of(f"v{i}-{tag}", zone=PREY) for i in range(count)]


def nxns(reply, labels):
    """NXNSAttack, CVE-2020-12662: a referral to as many names of the victim as the label says (a500), without glue."""
    if not labels:
        return reply.nothing()
    return reply.referral(name_of(labels[-1], "nxns"), victims(int(labels[-1].split("-")[0][1:]), labels[-1]))


@functools.cache
def delegated(count):
    return [name_of("ns", f"s{i}", "nr") for i in range(count)]


def nr(reply, labels):
    """NRDelegationAttack, CVE-2022-3204: many servers, each delegated to one that never answers."""
    if not labels:
        return reply.nothing()
    if labels[-1].startswith("s"):
        cut = name_of(labels[-1], "nr")
        return reply.referral(cut, [name_of("ns", labels[-1], "nr")], [rrset(name_of("ns", labels[-1], "nr"), "A", DARK)])
    return reply.referral(name_of(labels[-1], "nr"), delegated(int(labels[-1].split("-")[0][1:])))


def tsuname(reply, labels):
    """TsuNAME: two zones whose servers are names of each other."""
    if not labels or labels[-1] not in ("one", "two"):
        return reply.nothing()
    other = {"one": "two", "two": "one"}[labels[-1]]
    return reply.referral(name_of(labels[-1], "tsuname"), [name_of("ns", other, "tsuname")])


def chain(reply, labels):
    """Unchained: an alias without an end, one link an answer."""
    if not labels:
        return reply.nothing()
    return reply.add("answer", rrset(reply.name, "CNAME", name_of(f"c{int(labels[0][1:]) + 1}", "chain")))


def growing(reply, labels):
    """A DNAME that leads below itself."""
    if not labels:
        return reply.nothing()
    owner = name_of("growing")
    target = name_of("more", "growing")
    alias = reply.name.relativize(owner) + target
    return reply.add("answer", rrset(owner, "DNAME", target), rrset(reply.name, "CNAME", alias))


def labels(reply, _):
    """Each label of a long name is there, and empty."""
    return reply.nothing()


def camp(reply, labels_):
    """CAMP, 2024: an alias chain, each link (in.x.y.zN) many labels deep, below a cut whose servers have to be looked up."""
    if not labels_:
        return reply.nothing()
    number = int(labels_[-1][1:])
    if labels_[0] == "in":
        return reply.add("answer", rrset(reply.name, "CNAME", name_of("in", "x", "y", f"z{number + 1}", "camp")))
    if len(labels_) > 1:
        return reply.nothing()
    return reply.referral(name_of(labels_[-1], "camp"), [name_of("ns", "camped"), *victims(FAN_OUT, f"camp{number}")])


def camped(reply, _):
    return reply.address("127.54.3.4")


def poison(reply, labels):
    """Wrong answers in front of the right one; the first label says which."""
    if not labels or reply.type != dns.rdatatype.A:
        return reply.nothing()
    right = reply.address().octets()
    return [(0, octets) for octets in WRONG[labels[0]](right)] + [(0.15, right)]


def extras(reply, labels):
    """The right answer, and beside it what is none of ours; the first label says what."""
    if not labels or reply.type != dns.rdatatype.A:
        return reply.nothing()
    reply.address()
    for section, owner, rrtype, rdata in EXTRAS.get(labels[0], ()):
        reply.add(section, rrset(dns.name.from_text(owner), rrtype, rdata, ttl=3600))
    return reply


def own(reply, labels):
    """The right answer, and with it other servers for the zone itself; the first label says how."""
    if not labels or reply.type != dns.rdatatype.A:
        return reply.nothing()
    if len(labels) == 1 and OWN[labels[0]].get("rcode"):
        reply.nothing(OWN[labels[0]]["rcode"])
    else:
        reply.address()
    for section, owner, rrtype, rdata in OWN[labels[-1]]["records"] if len(labels) == 1 else ():
        reply.add(section, rrset(dns.name.from_text(owner), rrtype, rdata, ttl=3600))
    return reply


def ghost(reply, labels):
    """A delegation to the prey's server, until it is revoked (Hostile.revoked)."""
    if not labels:
        return reply.nothing()
    server = name_of("ns", labels[-1], "ghost")
    return reply.referral(name_of(labels[-1], "ghost"), [server], [rrset(server, "A", PREY_ADDRESS, ttl=GHOST_TTL)], ttl=GHOST_TTL)


def haunt(reply, labels, number):
    """The child side of ghost(): all names are there, and each answer renews its delegation in the way its label says."""
    zone, server = name_of(labels[-1], "ghost"), name_of("ns", labels[-1], "ghost")
    if labels[-1] == "rename":
        server = name_of(f"ns{number}", labels[-1], "ghost")
    servers, glue = rrset(zone, "NS", server, ttl=3600), rrset(server, "A", PREY_ADDRESS, ttl=3600)
    if len(labels) == 1 and reply.type == dns.rdatatype.NS:
        return reply.add("answer", servers).add("additional", glue)
    reply.address(PREY_ADDRESS if labels[0].startswith("ns") else RIGHT, ttl=3600, zone=zone)
    return reply if labels[-1] == "glue" else reply.add("authority", servers).add("additional", glue)


def nobody(reply, labels):
    """A referral to where nobody is."""
    if not labels:
        return reply.nothing()
    cut, server = name_of(labels[-1], "nobody"), name_of("ns", labels[-1], "nobody")
    return reply.referral(cut, [server], [rrset(server, *NO_SERVERS[labels[-1]])])


def late(reply, _):
    return [(2.4, reply.address().octets())]


def random_ids(reply, _):
    return reply.address()


def drip(reply, _):
    """Truncated over UDP; over TCP an octet a second (see Hostile)."""
    reply.message.flags |= dns.flags.TC
    return reply


ATTACKS = {each.__name__.replace("_", "-"): each for each in
           (nxns, nr, tsuname, chain, growing, labels, camp, camped, poison, extras, own, ghost,
            nobody, late, random_ids, drip)}


def _poisoned(right):
    return right.replace(socket.inet_aton(RIGHT), socket.inet_aton(POISON))


def _changed(right, at, value):
    wrong = bytearray(_poisoned(right))
    wrong[at] = value(wrong[at])
    return bytes(wrong)


def _with_question(right, name):
    message = dns.message.from_wire(_poisoned(right))
    message.question[0].name = dns.name.from_text(name)
    return message.to_wire()


# What is sent in front of the right answer, from the right address and port: only what the message says is wrong.
WRONG = {
    "id": lambda right: [_changed(right, 1, lambda octet: octet ^ 0x55)],
    "ids": lambda right: [_changed(_changed(right, 0, lambda _, i=i: i >> 8 ^ 0xA5), 1, lambda octet, i=i: (octet + 1 + i) & 0xFF)
                          for i in range(500)],
    "query": lambda right: [_changed(right, 2, lambda octet: octet & 0x7F)],
    "opcode": lambda right: [_changed(right, 2, lambda octet: octet | 0x20)],
    "question": lambda right: [_with_question(right, "other.hostile.example.")],
    "type": lambda right: [_changed(right, wire.read_name(right, 12)[1] + 1, lambda _: 16)],
    "class": lambda right: [_changed(right, wire.read_name(right, 12)[1] + 3, lambda _: 3)],
    "noquestion": lambda right: [_poisoned(right)[:4] + b"\0\0" + _poisoned(right)[6:]],
    "twoquestions": lambda right: [_poisoned(right)[:4] + b"\0\2" + _poisoned(right)[6:]],
    "short": lambda right: [_poisoned(right)[:7]],
    "case": lambda right: [_poisoned(right)[:12] + _poisoned(right)[12:40].swapcase() + _poisoned(right)[40:]],
}

# (section, owner, type, rdata): what a server of hostile.example. says of names that are none of its.
EXTRAS = {
    "address": (("additional", "www.p256.example.", "A", POISON),),
    "answer": (("answer", "www.unsigned.example.", "A", POISON),),
    "parent": (("authority", "example.", "NS", "ns1.hostile.example."),),
    "root": (("authority", ".", "NS", "ns1.hostile.example."), ("additional", "ns1.hostile.example.", "A", POISON)),
    "sibling": (("authority", "unsigned.example.", "NS", "ns1.hostile.example."),),
    "glue": (("authority", "hostile.example.", "NS", "www.unsigned.example."), ("additional", "www.unsigned.example.", "A", POISON)),
    "mx": (("authority", "hostile.example.", "MX", "1 www.unsigned.example."), ("additional", "www.unsigned.example.", "A", POISON)),
    "cname": (("answer", "alias.unsigned.example.", "CNAME", "www.hostile.example."),),
    "dname": (("answer", "unsigned.example.", "DNAME", "hostile.example."),),
    "dname-up": (("answer", "example.", "DNAME", "hostile.example."),),
    "ds": (("authority", "p256.example.", "DS", "1 13 2 " + "ab" * 32),),
    "soa": (("authority", "unsigned.example.", "SOA", "a. b. 1 1 1 1 1"),),
    "tld-address": (("additional", "ns1.example.", "A", POISON),),
    "root-address": (("additional", "ns1.root.", "A", POISON),),
    "nsec": (("authority", "unsigned.example.", "NSEC", "zz.unsigned.example. A"),),
}

# What it says of its own zone beside an answer: {records: [(section, owner, type, rdata)], rcode: of the answer, if not NOERROR}.
_NEW = (("authority", "hostile.example.", "NS", "ns9.hostile.example."), ("additional", "ns9.hostile.example.", "A", PREY_ADDRESS))
OWN = {
    "authority": {"records": _NEW},
    "answer": {"records": (("answer", *_NEW[0][1:]), _NEW[1])},
    "elsewhere": {"records": (("authority", "hostile.example.", "NS", "ns1.prey.example."),)},
    "address": {"records": (("additional", "ns1.hostile.example.", "A", PREY_ADDRESS),)},
    "answered-address": {"records": (("answer", "ns1.hostile.example.", "A", PREY_ADDRESS),)},
    "denied": {"records": _NEW, "rcode": "NXDOMAIN"},
    "deeper": {"records": (("authority", "deep.hostile.example.", "NS", "ns9.hostile.example."), _NEW[1])},
    "dname": {"records": (("answer", "deep.hostile.example.", "DNAME", "prey.example."),)},
    "wildcard": {"records": (("answer", "*.hostile.example.", "A", POISON),)},
}

# How a child that the parent has let go tries to stay: {label: words}.
GHOSTS = {"renew": "renews its NS RRset", "rename": "gives its server a new name each time", "glue": "renews its server's address"}

# Glue (type, address) that leads to nobody, or to the host of the resolver.
NO_SERVERS = {"zero": ("A", "0.0.0.0"), "self": ("A", "127.0.0.1"), "zero6": ("AAAA", "::"), "self6": ("AAAA", "::1"),
              "mapped": ("AAAA", "::ffff:127.0.0.1"), "group": ("A", "224.0.0.251")}


class Hostile(BothTransports):
    """hostile.example., over UDP and TCP; keeps what it was asked."""

    zone = "hostile.example."

    def __init__(self, host, port):
        super().__init__(host, port)
        self.asked = []                 # [Asked], in the order they came
        self.revoked = set()            # labels below ghost that are no longer delegated

    def _replies(self, packet, peer, size):
        query = dns.message.from_wire(packet, ignore_trailing=True)
        seen = wire.parse(packet)
        self.asked.append(Asked(*seen.question, peer[1], seen, packet))
        return self.replies(query, packet, size)

    def replies(self, query, packet, size):
        name = query.question[0].name
        inside = [label.decode("latin-1").lower() for label in name.relativize(ZONE).labels]
        attack = ATTACKS.get(inside[-1]) if inside and name.is_subdomain(ZONE) else None
        if attack is None:
            return [(0, address_reply(packet, self.zone, self.host.address))]
        if attack is ghost and len(inside) > 1 and inside[-2] in self.revoked:
            return [(0, Reply(query).nothing("NXDOMAIN").octets(size))]
        found = attack(Reply(query), inside[:-1])
        return found if isinstance(found, list) else [(0, found.octets(size))]

    def serve_udp(self, sock):
        waiting = []                    # [(when, octets, peer)]
        while not self.ended:
            try:
                packet, peer = sock.recvfrom(4096)
                waiting += [(time.monotonic() + delay, octets, peer) for delay, octets in self._replies(packet, peer, 1232)]
            except (OSError, ValueError, IndexError, KeyError, dns.exception.DNSException):
                pass
            now = time.monotonic()
            for _, octets, peer in sorted((each for each in waiting if each[0] <= now), key=lambda each: each[0]):
                sock.sendto(octets, peer)
            waiting = [each for each in waiting if each[0] > now]

    def serve_tcp(self, sock):
        self.each_stream(sock, self._serve_stream)

    def _serve_stream(self, stream, peer):
        with stream:
            stream.settimeout(5)
            try:
                while not self.ended:
                    packet = wire.read_frame(stream)
                    _, octets = self._replies(packet, peer, 65535)[-1]
                    if b"\x04drip\x07hostile" in packet.lower():
                        self._drip(stream, wire.frame(octets))
                    stream.sendall(wire.frame(octets))
            except (OSError, EOFError, ValueError, IndexError, KeyError, dns.exception.DNSException):
                pass

    def _drip(self, stream, octets):
        for octet in octets:
            if self.ended:
                return
            stream.sendall(bytes([octet]))
            time.sleep(DRIP_SECONDS)


class Prey(Hostile):
    """Honest, and busy: every name is denied. But the ghosts live here."""

    zone = "prey.example."

    def replies(self, query, packet, size):
        if query.question[0].name == dns.name.from_text("ns1.prey.example."):
            return [(0, address_reply(packet, self.zone, self.host.address))]
        reply = Reply(query)
        if reply.name.is_subdomain(name_of("ghost")) and reply.name != name_of("ghost"):
            inside = [label.decode("latin-1").lower() for label in reply.name.relativize(name_of("ghost")).labels]
            return [(0, haunt(reply, inside, len(self.asked)).octets(size))]
        return [(0, reply.nothing("NXDOMAIN", PREY).octets(size))]
