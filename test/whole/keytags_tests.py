"""Key tags: what servers hear of our trust anchors (RFC 8145), what clients may ask of them (RFC 8509); judged by dig."""
import os

from ..internet import signing, wire
from ..internet.odd import Answering
from ..internet.zones import Host, host
from .clients import dig
from .suite import Suite, check, equal, matches

suite = Suite("keytags")
NULL = "10"
ZONE = "sentinel.p256.example."         # every name below it has an A and an AAAA record
ROUNDS = 3                              # the first from servers, the others from the cache


class Relay(Answering):
    """Hands each query to a real server of the root, and its answer back; remembers what was asked."""

    def __init__(self, lab):
        super().__init__(Host("relay", "127.54.0.9"), lab.net.port)
        self.real = host("root-a").address

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def replies(self, packet):
        return [(0, wire.exchange_udp(packet, self.real, self.port, 2))]

    def signals(self):
        return [each.name for each in list(self.asked) if each.type == NULL]


def tag_of(lab, zone="."):
    return signing.key_tag(lab.net.keys[zone][0].rdata)


def through(lab, relay, **settings):
    """A Windlass that knows the relay as the only server of the root."""
    hints = os.path.join(lab.folder, "relay.hints")
    with open(hints, "w", encoding="ascii") as file:
        file.write(f". 3600000 NS relay.\nrelay. 3600000 A {relay.host.address}\n")
    recursion = {"root_hints": hints, "priming": False, **settings.pop("recursion", {})}
    return lab.fresh(recursion=recursion, **settings)


def told(relay, count):
    check(wire.wait_until(lambda: len(relay.signals()) >= count, 5), f"the root heard {relay.signals()}")
    equal(len(relay.signals()), count, f"key tag queries among {relay.signals()}")


@suite.test("the root's servers hear the key tags of its anchors, once, in the letters of RFC 8145")
def _heard(lab):
    with Relay(lab) as relay, through(lab, relay) as windlass:
        equal(windlass.ask("www.p256.example.").ad, True, "AD")
        told(relay, 1)
        equal(relay.signals()[0], f"_ta-{tag_of(lab):04x}.", "the name")
        windlass.commanded("cache", "flush-all")
        equal(windlass.ask("www.p384.example.").ad, True, "AD")
        told(relay, 1)
        equal(windlass.ask("www.p256.example.").ad, True, "AD afterwards")


@suite.test("two anchors of the root: both tags, in order; after a reload the new ones")
def _two(lab):
    path = os.path.join(lab.folder, "two.anchors")
    with open(lab.net.anchor_ds, encoding="ascii") as file:
        sound = file.read()
    with open(path, "w", encoding="ascii") as file:
        file.write(f". 3600 IN DS 1 13 2 {'ab' * 32}\n" + sound)
    with Relay(lab) as relay, through(lab, relay, dnssec={"trust_anchors": path}) as windlass:
        equal(windlass.ask("www.p256.example.").ad, True, "AD")
        told(relay, 1)
        equal(relay.signals()[0], f"_ta-0001-{tag_of(lab):04x}.", "the name")
        with open(path, "w", encoding="ascii") as file:
            file.write(sound)
        windlass.commanded("anchors", "reload")
        windlass.commanded("cache", "flush-all")
        equal(windlass.ask("www.p384.example.").ad, True, "AD")
        told(relay, 2)
        equal(relay.signals()[1], f"_ta-{tag_of(lab):04x}.", "the name after the reload")


@suite.test("key_tag_signal: false, and without validation: nobody hears anything")
def _off(lab):
    for dnssec in ({"key_tag_signal": False}, {"validation": False}):
        with Relay(lab) as relay, through(lab, relay, dnssec=dnssec) as windlass:
            equal(windlass.ask("www.p256.example.").rcode, "NOERROR", "rcode")
            equal(windlass.ask(".", "DNSKEY").rcode, "NOERROR", "rcode")
            equal(windlass.ask("www.p384.example.").rcode, "NOERROR", "rcode")
            equal(relay.signals(), [], "key tag queries")


@suite.test("a client's own key tag query is answered as any other, by dig")
def _own(lab):
    windlass = lab.shared
    answer = dig("dig", "_ta-4f66.", "NULL", "127.0.0.1", windlass.port)
    equal((answer.rcode, answer.ad), ("NXDOMAIN", True), "rcode and AD")


def sentinel(kind, tag):
    return f"root-key-sentinel-{kind}-ta-{tag:05d}.{ZONE}"


#      kind   trusted  given
CASES = (
    ("is",    True,    True),
    ("is",    False,   False),
    ("not",   True,    False),
    ("not",   False,   True),
)


def four_cases(lab, windlass, via="dig"):
    for kind, trusted, given in CASES:
        name = sentinel(kind, tag_of(lab) ^ (0 if trusted else 1))
        for rrtype in ("A", "AAAA"):
            for turn in range(ROUNDS):
                answer = dig(via, name, rrtype, "127.0.0.1", windlass.port)
                what = f"{name} {rrtype}, turn {turn}"
                equal((answer.rcode, answer.ad), ("NOERROR", True) if given else ("SERVFAIL", False), what)
                check(bool(answer.text) == given, f"{what}: answer section {answer.text!r}")


def by_client(lab, via):
    four_cases(lab, lab.shared, via)


suite.table(("dig", "dig +tcp", "kdig"), by_client, title=lambda via: f"the four cases of the sentinel, by {via}")


@suite.test("the four cases at each of four workers, and still right after the anchors changed and came back")
def _workers(lab):
    path = os.path.join(lab.folder, "sentinel.anchors")
    with open(lab.net.anchor_ds, encoding="ascii") as file:
        sound = file.read()
    with open(path, "w", encoding="ascii") as file:
        file.write(sound)
    coming = tag_of(lab) ^ 1
    with lab.fresh(workers=4, dnssec={"trust_anchors": path}) as windlass:
        four_cases(lab, windlass)
        with open(path, "w", encoding="ascii") as file:
            file.write(sound + f". 3600 IN DS {coming} 13 2 {'cd' * 32}\n")
        windlass.commanded("anchors", "reload")
        for _ in range(12):
            equal(windlass.ask(sentinel("is", coming)).rcode, "NOERROR", "is-ta of a key that came")
            equal(windlass.ask(sentinel("not", coming)).rcode, "SERVFAIL", "not-ta of a key that came")
        with open(path, "w", encoding="ascii") as file:
            file.write(sound)
        windlass.commanded("anchors", "reload")
        four_cases(lab, windlass)


@suite.test("what is not proven secure, asked with CD, for another type or by another name is left alone")
def _left_alone(lab):
    windlass = lab.shared
    withheld = sentinel("not", tag_of(lab))
    equal(windlass.ask(withheld).rcode, "SERVFAIL", "the case that is withheld")
    reply = windlass.ask(withheld, cd=True)
    equal((reply.rcode, reply.ad), ("NOERROR", False), "with CD")
    equal(windlass.ask(withheld, "TXT").rcode, "NOERROR", "another type")
    equal(windlass.ask("x." + withheld).rcode, "NOERROR", "a name below")
    equal(windlass.ask(withheld.replace("-ta-", "-tb-")).rcode, "NOERROR", "a name like it")
    short = f"root-key-sentinel-not-ta-{tag_of(lab)}0.{ZONE}"
    equal(windlass.ask(short).rcode, "NOERROR", "six digits")
    insecure = sentinel("not", tag_of(lab)).replace(ZONE, "sentinel.site.plain.")
    equal(windlass.ask(insecure).rcode, "NOERROR", "an insecure zone")
    why = windlass.commanded("why", withheld)
    matches(why, r"root key sentinel.*" + str(tag_of(lab)), "why")


@suite.test("sentinel: false: all names are answered")
def _sentinel_off(lab):
    with lab.fresh(dnssec={"sentinel": False}) as windlass:
        for kind in ("is", "not"):
            for tag in (tag_of(lab), tag_of(lab) ^ 1):
                equal(windlass.ask(sentinel(kind, tag)).rcode, "NOERROR", f"{kind} {tag}")
