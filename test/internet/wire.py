"""Just enough of the DNS wire form (RFC 1035, 6891, 8914) to ask a server and judge its answer."""
import os
import socket
import struct
import time
from dataclasses import dataclass, field

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "HINFO": 13, "MX": 15, "TXT": 16, "AAAA": 28,
         "DNAME": 39, "OPT": 41, "DS": 43, "RRSIG": 46, "NSEC": 47, "DNSKEY": 48, "NSEC3": 50, "AXFR": 252, "ANY": 255}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED", 16: "BADVERS",
          23: "BADCOOKIE"}
OPTION_EDE = 15


@dataclass(frozen=True)
class Record:
    name: str
    type: str
    ttl: int
    rdata: bytes


@dataclass(frozen=True)
class Reply:
    id: int
    flags: int
    rcode: str
    question: tuple
    answer: list = field(default_factory=list)
    authority: list = field(default_factory=list)
    additional: list = field(default_factory=list)
    ede: list = field(default_factory=list)   # [(code, text)]
    size: int = 0

    aa = property(lambda self: bool(self.flags & 0x0400))
    tc = property(lambda self: bool(self.flags & 0x0200))
    ra = property(lambda self: bool(self.flags & 0x0080))
    ad = property(lambda self: bool(self.flags & 0x0020))
    ede_codes = property(lambda self: [code for code, _ in self.ede])


def encode_name(name):
    """The uncompressed wire form of a name in presentation form; escapes are not needed here."""
    labels = [label.encode() for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def query(name, rrtype="A", *, id=None, rd=True, ad=False, cd=False, do=True, edns=1232, version=0, opcode=0,
          rrclass=1):
    """One query. edns=None sends no OPT record."""
    if id is None:
        id = int.from_bytes(os.urandom(2), "big")
    flags = (opcode << 11) | (0x0100 if rd else 0) | (0x0020 if ad else 0) | (0x0010 if cd else 0)
    number = TYPES[rrtype] if isinstance(rrtype, str) else rrtype
    head = struct.pack("!6H", id, flags, 1, 0, 0, 0 if edns is None else 1)
    question = encode_name(name) + struct.pack("!2H", number, rrclass)
    if edns is None:
        return head + question
    return head + question + struct.pack("!BHHBBHH", 0, 41, edns, 0, version, 0x8000 if do else 0, 0)


def read_name(octets, offset):
    labels, after, jumps = [], None, 0
    while True:
        length = octets[offset]
        if length >= 0xC0:
            if after is None:
                after = offset + 2
            offset = ((length & 0x3F) << 8) | octets[offset + 1]
            jumps += 1
            if jumps > 127:
                raise ValueError("compression loop")
            continue
        offset += 1
        if length == 0:
            return ".".join(labels) + ".", after or offset
        labels.append(octets[offset:offset + length].decode("latin-1"))
        offset += length


def _read_section(octets, offset, count):
    records = []
    for _ in range(count):
        name, offset = read_name(octets, offset)
        number, rrclass, ttl, length = struct.unpack_from("!HHIH", octets, offset)
        rdata = octets[offset + 10:offset + 10 + length]
        if len(rdata) != length:
            raise ValueError("short RDATA")
        records.append((name, number, rrclass, ttl, rdata))
        offset += 10 + length
    return records, offset


def _read_edes(rdata):
    found, offset = [], 0
    while offset + 4 <= len(rdata):
        code, length = struct.unpack_from("!HH", rdata, offset)
        value = rdata[offset + 4:offset + 4 + length]
        if code == OPTION_EDE and length >= 2:
            found.append((struct.unpack_from("!H", value)[0], value[2:].decode("utf-8", "replace")))
        offset += 4 + length
    return found


def parse(octets):
    """A Reply; ValueError when the octets are no well-formed DNS message."""
    try:
        return _parse(octets)
    except (IndexError, struct.error) as error:
        raise ValueError(f"malformed message of {len(octets)} octets ({error}): {octets[:64].hex()}") from error


def _parse(octets):
    id, flags, qd, an, ns, ar = struct.unpack_from("!6H", octets)
    offset, question = 12, ("", "")
    for _ in range(qd):
        name, offset = read_name(octets, offset)
        number, _ = struct.unpack_from("!HH", octets, offset)
        question, offset = (name, TYPE_NAMES.get(number, str(number))), offset + 4
    sections = []
    for count in (an, ns, ar):
        records, offset = _read_section(octets, offset, count)
        sections.append(records)
    rcode, ede = flags & 15, []
    for _, number, _, ttl, rdata in sections[2]:
        if number == TYPES["OPT"]:
            rcode |= (ttl >> 24) << 4
            ede = _read_edes(rdata)
    plain = [[Record(name, TYPE_NAMES.get(number, str(number)), ttl, rdata)
              for name, number, _, ttl, rdata in records] for records in sections]
    return Reply(id, flags, RCODES.get(rcode, str(rcode)), question, *plain, ede, len(octets))


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def exchange_udp(packet, address, port, timeout=5.0):
    """Sends one datagram and returns the octets of the reply; TimeoutError when none comes."""
    with socket.socket(family_of(address), socket.SOCK_DGRAM) as sock:
        sock.settimeout(timeout)
        sock.connect((address, port))
        sock.send(packet)
        return sock.recv(65535)


def read_frame(sock):
    """One length-prefixed message of a stream (RFC 1035 4.2.2); EOFError when the peer closed."""
    def exactly(count):
        parts = b""
        while len(parts) < count:
            part = sock.recv(count - len(parts))
            if not part:
                raise EOFError("stream closed")
            parts += part
        return parts
    return exactly(struct.unpack("!H", exactly(2))[0])


def frame(packet):
    return struct.pack("!H", len(packet)) + packet


def exchange_tcp(packet, address, port, timeout=5.0):
    with socket.create_connection((address, port), timeout=timeout) as sock:
        sock.sendall(frame(packet))
        return read_frame(sock)


def ask(name, rrtype="A", address="127.0.0.1", port=5300, *, timeout=5.0, tcp=False, **flags):
    """Asks once and returns the parsed Reply."""
    exchange = exchange_tcp if tcp else exchange_udp
    return parse(exchange(query(name, rrtype, **flags), address, port, timeout))


def wait_until(condition, seconds, step=0.02):
    """Calls condition until it is true or the seconds are over; says whether it became true."""
    deadline = time.monotonic() + seconds
    while True:
        if condition():
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(step)
