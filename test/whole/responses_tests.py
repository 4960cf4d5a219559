"""What bad and rare requests get: one row each, the same over UDP and TCP."""
import struct

from ..internet import wire
from .suite import Suite, check, equal, one_of

suite = Suite("responses")
SILENCE = "silence"
NAME = wire.encode_name("www.p256.example.")
QUESTION = NAME + b"\0\1\0\1"
OPT = b"\0\0\x29\x04\xd0\0\0\0\0\0\0"


def message(*, flags=0x0100, counts=(1, 0, 0, 0), body=QUESTION):
    return struct.pack("!6H", 0x4242, flags, *counts) + body


def opt(options=b"", version=0):
    return b"\0\0\x29\x04\xd0\0" + bytes([version]) + b"\0\0" + struct.pack("!H", len(options)) + options


def typed(number, rrclass=1):
    return message(body=NAME + struct.pack("!2H", number, rrclass))


#      title                                    octets                                                        expected (any one)
ROWS = (
    ("eleven octets",                           message()[:11],                                               (SILENCE,)),
    ("one octet",                               b"\x42",                                                      (SILENCE,)),
    ("a response, not a query",                 message(flags=0x8180),                                        (SILENCE,)),
    ("header alone, one question promised",     message(body=b""),                                            ("FORMERR",)),
    ("question cut off in the name",            message(body=QUESTION[:7]),                                   ("FORMERR",)),
    ("question cut off in the class",           message(body=QUESTION[:-1]),                                  ("FORMERR",)),
    ("no question",                             message(counts=(0, 0, 0, 0), body=b""),                       ("FORMERR",)),
    ("two questions",                           message(counts=(2, 0, 0, 0), body=QUESTION * 2),              ("FORMERR",)),
    ("65535 questions promised",                message(counts=(65535, 0, 0, 0)),                             ("FORMERR",)),
    ("name that points at itself",              message(body=b"\xc0\x0c\0\1\0\1"),                            ("FORMERR",)),
    ("name that points forward",                message(body=b"\xc0\x20\0\1\0\1" + b"\0" * 30),               ("FORMERR",)),
    ("label type 0x40",                         message(body=b"\x41a\0\0\1\0\1"),                             ("FORMERR",)),
    ("label type 0x80",                         message(body=b"\x81a\0\0\1\0\1"),                             ("FORMERR",)),
    ("name of 256 octets",                      message(body=(b"\x3f" + b"a" * 63) * 4 + b"\0\0\1\0\1"),      ("FORMERR",)),
    ("octets after the end",                    message(body=QUESTION + b"\0" * 5),                           ("FORMERR",)),
    ("an answer record in a query",             message(counts=(1, 1, 0, 0), body=QUESTION + b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4\1\2\3\4"),
                                                                                                              ("FORMERR",)),
    ("two OPT records",                         message(counts=(1, 0, 0, 2), body=QUESTION + OPT * 2),        ("FORMERR",)),
    ("OPT with an owner name",                  message(counts=(1, 0, 0, 1), body=QUESTION + b"\1a" + OPT),   ("FORMERR",)),
    ("OPT cut off",                             message(counts=(1, 0, 0, 1), body=QUESTION + OPT[:-3]),       ("FORMERR",)),
    ("EDNS option longer than the record",      message(counts=(1, 0, 0, 1), body=QUESTION + opt(b"\0\x0a\0\x40ab")), ("FORMERR",)),
    ("cookie of nine octets",                   message(counts=(1, 0, 0, 1), body=QUESTION + opt(b"\0\x0a\0\x09" + b"c" * 9)), ("FORMERR", "NOERROR")),
    ("EDNS version 1",                          message(counts=(1, 0, 0, 1), body=QUESTION + opt(version=1)), ("BADVERS",)),
    ("EDNS version 255",                        message(counts=(1, 0, 0, 1), body=QUESTION + opt(version=255)), ("BADVERS",)),
    ("unknown EDNS option",                     message(counts=(1, 0, 0, 1), body=QUESTION + opt(b"\xfd\xe9\0\2ab")), ("NOERROR",)),
    ("opcode IQUERY",                           message(flags=0x0900),                                        ("NOTIMP",)),
    ("opcode STATUS",                           message(flags=0x1100),                                        ("NOTIMP",)),
    ("opcode NOTIFY",                           message(flags=0x2100),                                        ("NOTIMP",)),
    ("opcode UPDATE",                           message(flags=0x2900),                                        ("NOTIMP",)),
    ("opcode 15",                               message(flags=0x7900),                                        ("NOTIMP",)),
    ("type AXFR",                               typed(252),                                                   ("NOTIMP",)),
    ("type IXFR",                               typed(251),                                                   ("NOTIMP",)),
    ("type OPT as a question",                  typed(41),                                                    ("NOTIMP",)),
    ("type TSIG as a question",                 typed(250),                                                   ("NOTIMP",)),
    ("type TKEY as a question",                 typed(249),                                                   ("NOTIMP",)),
    ("type 0",                                  typed(0),                                                     ("FORMERR", "NOTIMP", "REFUSED")),
    ("an unknown type",                         typed(65280),                                                 ("NOERROR",)),
    ("class CH",                                typed(16, 3),                                                 ("REFUSED",)),
    ("class 0",                                 typed(1, 0),                                                  ("REFUSED",)),
    ("class ANY",                               typed(1, 255),                                                ("REFUSED",)),
    ("Z bit set is ignored",                    message(flags=0x0140),                                        ("NOERROR",)),
)


def outcome(exchange, packet, windlass):
    """The rcode of the reply, or silence; a stream that is closed is silence too."""
    try:
        reply = wire.parse(exchange(packet, "127.0.0.1", windlass.port, timeout=0.4 if len(packet) < 12 else 3))
    except (TimeoutError, EOFError, ConnectionResetError):
        return SILENCE
    equal(reply.id, 0x4242, "message ID")
    check(reply.flags & 0x8000, "QR not set")
    return reply.rcode


def answer_to(lab, row):
    _, packet, expected = row
    windlass = lab.shared
    wait = wire.exchange_udp if SILENCE not in expected else _short_udp
    one_of(outcome(wait, packet, windlass), expected, "over UDP")
    wait = wire.exchange_tcp if SILENCE not in expected else _short_tcp
    one_of(outcome(wait, packet, windlass), expected, "over TCP")
    equal(windlass.ask("www.p256.example.").rcode, "NOERROR", "a good question afterwards")


def _short_udp(packet, address, port, timeout):
    return wire.exchange_udp(packet, address, port, min(timeout, 0.3))


def _short_tcp(packet, address, port, timeout):
    return wire.exchange_tcp(packet, address, port, min(timeout, 0.3))


suite.table(ROWS, answer_to, title=lambda row: row[0])


@suite.test("other opcodes: NOTIMP with the opcode, RD and question as asked")
def _opcodes(lab):
    for flags in (0x0900, 0x1000, 0x2100, 0x2800, 0x7900):
        octets = wire.exchange_udp(message(flags=flags), "127.0.0.1", lab.shared.port)
        equal(int.from_bytes(octets[2:4], "big") & 0x7900, flags, "opcode and RD")
        equal(octets[12:12 + len(QUESTION)], QUESTION, "question")


@suite.test("every type and some classes and opcodes: always an answer, of a known rcode")
def _sweep(lab):
    windlass, seen = lab.shared, set()
    for number in list(range(0, 300)) + [32768, 32769, 65279, 65534, 65535]:
        seen.add(outcome(wire.exchange_udp, typed(number), windlass))
    for rrclass in (2, 3, 4, 254, 255, 65535):
        seen.add(outcome(wire.exchange_udp, typed(1, rrclass), windlass))
    for opcode in range(1, 16):
        seen.add(outcome(wire.exchange_udp, message(flags=0x0100 | opcode << 11), windlass))
    check(seen <= {"NOERROR", "FORMERR", "NOTIMP", "REFUSED"}, f"rcodes seen: {sorted(seen)}")
