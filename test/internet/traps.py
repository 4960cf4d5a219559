"""Zones made to keep a validator busy: KeyTrap (CVE-2023-50387), and denials with far more NSEC3 than they need.

A KeyTrap zone has many P-384 keys of one key tag, and beside its records as many signatures that name this tag, none of them right:
either beside its data, its DNSKEY RRset being sound, or beside the DNSKEY RRset itself.
"""
import base64
import os
import socket
import struct
import time

import dns.dnssec
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from . import wire
from .odd import BothTransports
from .signing import key_tag
from .zones import Host

ALGORITHM = 14
TAG = 4711
COUNT = 60
DAY = 86400
ZONE_KEY, REVOKE = 0x0100, 0x0080


def _point(private):
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]


def _flags_for(point, tag):
    """Flags of a zone key, reserved bits and all, that give this point the tag; None: there are none."""
    rest = key_tag(struct.pack("!HBB", 0, 3, ALGORITHM) + point)
    for flags in ((tag - rest) % 0xFFFF, (tag - rest) % 0xFFFF + 1):
        rdata = struct.pack("!HBB", flags & 0xFFFF, 3, ALGORITHM) + point
        if flags & ZONE_KEY and not flags & REVOKE and key_tag(rdata) == tag:
            return flags
    return None


def colliding_keys(count=COUNT, tag=TAG):
    """DNSKEY rdata of so many sound keys of one tag."""
    found = []
    while len(found) < count:
        point = _point(ec.generate_private_key(ec.SECP384R1()))
        flags = _flags_for(point, tag)
        if flags is not None:
            found.append(struct.pack("!HBB", flags, 3, ALGORITHM) + point)
    return found


class KeyTraps:
    """Makes such zones; all share their keys."""

    def __init__(self):
        self._private = ec.generate_private_key(ec.SECP384R1())
        self._sound = struct.pack("!HBB", ZONE_KEY | 1, 3, ALGORITHM) + _point(self._private)
        self._colliding = colliding_keys()

    def ds_lines(self, zone, at):
        """What vouches for the zone: its sound key, or colliding ones where the trap is the DNSKEY RRset."""
        keys = self._colliding[:8] if at == "keys" else [self._sound]
        name = dns.name.from_text(zone)
        return [f"{zone} 3600 IN DS {dns.dnssec.make_ds(name, self._dnskey(rdata), 'SHA256')}" for rdata in keys]

    def zone_lines(self, zone, servers, hosts, at):
        """The zone in zone file form. servers: [(name, address)]; hosts: names below it that have an address. at: data, keys."""
        lines = [f"{zone} 3600 IN SOA {servers[0][0]} hostmaster.{zone} 1 3600 600 864000 300"]
        for name, address in servers:
            lines += [f"{zone} 3600 IN NS {name}", f"{name} 3600 IN A {address}"]
        for host in hosts:
            lines.append(f"{host}.{zone} 3600 IN A 192.0.2.80")
            lines += self._forged(f"{host}.{zone}", "A", zone)
        rdatas = [self._dnskey(rdata) for rdata in [self._sound, *self._colliding]]
        lines += [f"{zone} 3600 IN DNSKEY {rdata}" for rdata in rdatas]
        return lines + (self._forged(zone, "DNSKEY", zone) if at == "keys" else [self._signature(zone, rdatas)])

    @staticmethod
    def _dnskey(rdata):
        return dns.rdata.from_wire(dns.rdataclass.IN, dns.rdatatype.DNSKEY, rdata, 0, len(rdata))

    def _signature(self, zone, rdatas):
        name, now = dns.name.from_text(zone), int(time.time())
        rrset = dns.rrset.from_rdata_list(name, 3600, rdatas)
        rrsig = dns.dnssec.sign(rrset, self._private, name, self._dnskey(self._sound), inception=now - DAY,
                                expiration=now + 14 * DAY)
        return f"{zone} 3600 IN RRSIG {rrsig}"

    @staticmethod
    def _forged(owner, covered, zone):
        labels, now = owner.count("."), int(time.time())
        times = [time.strftime("%Y%m%d%H%M%S", time.gmtime(when)) for when in (now + 14 * DAY, now - DAY)]
        head = f"{owner} 3600 IN RRSIG {covered} {ALGORITHM} {labels} 3600 {times[0]} {times[1]} {TAG} {zone} "
        return [head + base64.b64encode(os.urandom(96)).decode() for _ in range(COUNT)]


def nsec3_records(signed_file, most):
    """The first NSEC3 records of a signed zone file with their RRSIGs, as records of a message."""
    rrsets = {}
    with open(signed_file, encoding="ascii") as file:
        for line in file:
            fields = line.split()
            is_denial = fields[3:4] == ["NSEC3"] or fields[3:5] == ["RRSIG", "NSEC3"]
            if is_denial:
                rrsets.setdefault(fields[0], []).append(dns.rdata.from_text("IN", fields[3], " ".join(fields[4:])))
    records = []
    for owner, rdatas in list(rrsets.items())[:most]:
        for rdata in rdatas:
            octets = rdata.to_wire()
            records.append(wire.encode_name(owner) + struct.pack("!HHIH", rdata.rdtype, 1, 300, len(octets)) + octets)
    return records


class Padding(BothTransports):
    """An address that hands questions on to an honest server of the zone, and puts further NSEC3 records in front of each denial's own.

    Over UDP it only says TC.
    """

    def __init__(self, host: Host, port, honest, records):
        super().__init__(host, port)
        self.honest, self.records = honest, records()

    def serve_udp(self, sock):
        while not self.ended:
            try:
                packet, peer = sock.recvfrom(4096)
                _, end = wire.read_name(packet, 12)
                sock.sendto(packet[:2] + b"\x86\0\0\1\0\0\0\0\0\0" + packet[12:end + 4], peer)
            except (OSError, IndexError):
                pass

    def serve_tcp(self, sock):
        self.each_stream(sock, self._serve_stream)

    def _serve_stream(self, stream, _):
        with stream:
            stream.settimeout(10)
            try:
                while True:
                    stream.sendall(wire.frame(self._answer(wire.read_frame(stream))))
            except (OSError, EOFError):
                pass

    def _answer(self, packet):
        reply = wire.exchange_tcp(packet, self.honest, self.port)
        parsed = wire.parse(reply)
        if not any(record.type == "NSEC3" for record in parsed.authority):
            return reply
        if parsed.answer:
            return reply
        # In front of the proof, which a limit on records then hides: right behind the question.
        _, end = wire.read_name(reply, 12)
        count = struct.unpack_from("!H", reply, 8)[0] + len(self.records)
        return reply[:8] + struct.pack("!H", count) + reply[10:end + 4] + b"".join(self.records) + reply[end + 4:]
