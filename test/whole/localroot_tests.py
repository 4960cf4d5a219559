"""A local copy of the root zone (RFC 8806): knotd signs a root with ZONEMD and gives it away; so do liars, who get nowhere."""
import os
import re
import time

import dns.message
import dns.name
import dns.query
import dns.rdataset
import dns.rdatatype
import dns.rrset
import dns.zone

from ..internet import wire
from .clients import dig
from .forwarders import OverTcp
from .local import rows
from .rolling import ADDRESS, RollingRoot
from .suite import Suite, check, equal, matches
from .windlass import Windlass, free_port

suite = Suite("localroot")
CHILD = "plainchild."
MORE = (f"{CHILD} 3600 NS ns.{CHILD}\nns.{CHILD} 3600 A 127.77.0.9\nsigned. 3600 A 192.0.2.99\nempty. 3600 TXT x\n"
        + "".join(f"tld{i}. 3600 NS ns.tld{i}.\nns.tld{i}. 3600 A 127.77.0.9\n" for i in range(60)))
QUICK = {"root_copy_retry": 1}


class Giver(OverTcp):
    """Gives away what knotd gives, changed by `change(zone)`; without the last `cut` messages, each after a pause."""

    def __init__(self, root, change=lambda zone: None, cut=0, pause=0.0, rcode=0, filler=0):
        super().__init__(free_port())
        self.root, self.change, self.cut, self.pause, self.rcode, self.filler = root, change, cut, pause, rcode, filler

    def replies(self, packet):
        for octets in self._messages(dns.message.from_wire(packet)):
            time.sleep(self.pause)
            yield octets
        if self.cut:
            yield None

    def _messages(self, query):
        if self.rcode:
            reply = dns.message.make_response(query)
            reply.set_rcode(self.rcode)
            return [reply.to_wire()]
        zone = dns.zone.from_xfr(dns.query.xfr(ADDRESS, ".", port=self.root.port, relativize=False), relativize=False)
        self.change(zone)
        soa = zone.get_rrset(".", "SOA")
        if query.question[0].rdtype == dns.rdatatype.SOA:
            reply = dns.message.make_response(query)
            reply.answer.append(soa)
            return [reply.to_wire()]
        sets = [soa]
        for name, node in zone.nodes.items():
            sets += [dns.rrset.from_rdata_list(name, rdataset.ttl, list(rdataset)) for rdataset in node
                     if (str(name), rdataset.rdtype) != (".", dns.rdatatype.SOA)]
        sets += [dns.rrset.from_text(f"filler{i}.tld0.", 60, "IN", "TXT", '"' + "x" * 250 + '"') for i in range(self.filler)]
        sets.append(soa)
        replies = []
        for at in range(0, len(sets), 40):
            reply = dns.message.Message(id=query.id)
            reply.flags |= 0x8400
            reply.answer.extend(sets[at:at + 40])
            replies.append(reply.to_wire(max_size=65535))
        return replies[:-self.cut] if self.cut else replies


def root(lab, soa="1 3600 600 864000 2", zonemd=True):
    count = lab.kept["localroots"] = lab.kept.get("localroots", 0) + 1
    options = "    zonemd-generate: zonemd-sha384\n" if zonemd else ""
    return RollingRoot(os.path.join(lab.folder, f"localroot-{count}"), more=MORE, soa=soa, options=options)


def resolver(lab, net, sources, workers=1, **settings):
    count = lab.kept["localwindlass"] = lab.kept.get("localwindlass", 0) + 1
    limits = {**QUICK, **settings.pop("limits", {})}
    quiet = {"key_tag_signal": False, "auto_update": False, **settings.pop("dnssec", {})}
    return Windlass(lab.programs, net, os.path.join(lab.folder, f"localwindlass-{count}"),
                    {"workers": workers, "limits": limits, "dnssec": quiet, "recursion": {"local_root": sources, "priming": False}, **settings})


def state(windlass):
    return rows(windlass, "status")[0].get("local_root", "")


def in_force(windlass, serial=None):
    wanted = "serial " + (str(serial) if serial else "")
    check(wire.wait_until(lambda: state(windlass).startswith(wanted), 15, step=0.1), f"not in force: {state(windlass)}")


def right_answers(windlass, suffix):
    """Names that only the root decides about, asked fresh."""
    reply = windlass.ask(f"x{suffix}.nothere{suffix}.", ad=True)
    equal((reply.rcode, reply.ad, reply.aa), ("NXDOMAIN", True, False), "a name that does not exist")
    reply = windlass.ask("signed.", "A", ad=True)
    equal((reply.rcode, reply.ad, reply.aa), ("NOERROR", True, False), "data of the root itself")
    reply = windlass.ask("signed.", "MX", ad=True)
    equal((reply.rcode, reply.ad, len(reply.answer)), ("NOERROR", True, 0), "a type that is not there")
    reply = windlass.ask(CHILD, "DS", ad=True)
    equal((reply.rcode, reply.ad), ("NOERROR", True), "a DS that is not there")
    equal(windlass.ask(".", "NS").rcode, "NOERROR", "the root's servers")


for WORKERS in (1, 4):
    @suite.test(f"a copy from knotd: what the root decides costs no question and is validated, {WORKERS} worker(s)")
    def _copy(lab, workers=WORKERS):
        with root(lab) as net, resolver(lab, net, [f"{ADDRESS}@{net.port}"], workers) as windlass:
            in_force(windlass)
            before = windlass.metric("upstream_queries_total")
            right_answers(windlass, "a")
            equal(windlass.metric("upstream_queries_total") - before, 0, "upstream queries")
            check(windlass.metric("root_copy_answers_total") > 0, "root_copy_answers_total")
            answer = dig("dig", "signed.", "A", "127.0.0.1", windlass.port)
            equal((answer.rcode, answer.ad, answer.aa), ("NOERROR", True, False), "dig")
            matches(windlass.commanded("why", "signed."), r"local root zone, serial \d+", "why")
            matches(state(windlass), rf"^serial \d+, \d+ s old, from {re.escape(ADDRESS)}@{net.port}$", "status")
            matches(windlass.read_log(), r"WL-ROOT-003", "the log")


def tamper_glue(zone):
    name = dns.name.from_text(f"ns.{CHILD}")
    zone.delete_rdataset(name, "A")
    zone.replace_rdataset(name, dns.rdataset.from_text("IN", "A", 3600, "127.77.0.66"))


def drop_zonemd(zone):
    for rdtype in (("ZONEMD",), ("RRSIG", "ZONEMD")):
        zone.delete_rdataset(dns.name.root, *rdtype)


def wrong_digest(zone):
    old = zone.get_rdataset(dns.name.root, "ZONEMD")[0]
    text = f"{old.serial} 1 1 " + "ab" * 48
    zone.replace_rdataset(dns.name.root, dns.rdataset.from_text("IN", "ZONEMD", zone.get_rdataset(".", "SOA").ttl, text))


def redigested(zone):
    """A record changed, and the digest made anew: only its signature tells."""
    tamper_glue(zone)
    ttl = zone.get_rdataset(".", "ZONEMD").ttl
    zone.delete_rdataset(dns.name.root, "ZONEMD")
    digest = zone.compute_digest(dns.zone.DigestHashAlgorithm.SHA384)
    zone.replace_rdataset(dns.name.root, dns.rdataset.from_rdata(ttl, digest))


#  what                            how the giver is                       the code      the log's words
BAD = (
    ("a tampered glue record",     {"change": tamper_glue},               "WL-ROOT-006", "its digest is another than its ZONEMD says"),
    ("no ZONEMD",                  {"change": drop_zonemd},               "WL-ROOT-006", "it has no ZONEMD"),
    ("a wrong digest",             {"change": wrong_digest},              "WL-ROOT-006", "its digest is another than its ZONEMD says"),
    ("a digest made by the liar",  {"change": redigested},                "WL-ROOT-006", r"\. ZONEMD is not secure"),
    ("a truncated transfer",       {"cut": 1},                            "WL-ROOT-004", "it ended the connection before the zone's end"),
    ("a refusal",                  {"rcode": 5},                          "WL-ROOT-004", "refused: REFUSED"),
    ("a huge transfer",            {"filler": 2000},                      "WL-ROOT-004", r"larger than 400000 octets \(limit root_copy_octets\)"),
    ("an endless transfer",        {"pause": 3.0},                        "WL-ROOT-004", r"no end within 4 s \(limit root_copy_time\)"),
)


def bad(lab, row):
    what, how, code, words = row
    limits = {"root_copy_octets": 400_000, **({"root_copy_time": 4} if "pause" in how else {})}
    with root(lab) as net, Giver(net, **how) as giver, \
            resolver(lab, net, [f"127.0.0.1@{giver.port}"], limits=limits) as windlass:
        check(wire.wait_until(lambda: code in windlass.read_log(), 30, step=0.1), f"nothing in the log of {what}")
        line = next(each for each in windlass.read_log().splitlines() if code in each)
        matches(line, words, "the log")
        matches(line, "root servers are asked as before", "the log")
        matches(state(windlass), "^none: .*; root servers are asked$", "status")
        right_answers(windlass, "b")
        check(windlass.metric("upstream_queries_total") > 0, "the root servers were not asked")
        equal(windlass.metric("root_copy_answers_total"), 0, "root_copy_answers_total")


suite.table(BAD, bad, title=lambda row: f"{row[0]}: refused with {row[2]}, the root servers are asked as before")


@suite.test("a bad source and a good one: the good one's copy; without validation, or an anchor for the root, nobody's")
def _sources(lab):
    with root(lab) as net, Giver(net, change=tamper_glue) as giver:
        good = f"{ADDRESS}@{net.port}"
        with resolver(lab, net, [f"127.0.0.1@{giver.port}", good]) as windlass:
            in_force(windlass)
            matches(state(windlass), re.escape(good), "from whom")
        with resolver(lab, net, [good], dnssec={"validation": False}) as windlass:
            check(wire.wait_until(lambda: "nothing is validated" in windlass.read_log(), 15, step=0.1), "nothing in the log")
            equal(windlass.ask("signed.").rcode, "NOERROR", "an answer")
        empty = os.path.join(net.folder, "no-anchors")
        with open(empty, "w", encoding="ascii"):
            pass
        with resolver(lab, net, [good], dnssec={"trust_anchors": empty}) as windlass:
            check(wire.wait_until(lambda: ". ZONEMD is not secure" in windlass.read_log(), 15, step=0.1), "nothing in the log")
            equal(windlass.ask("signed.").rcode, "NOERROR", "an answer")


@suite.test("the source changes the zone: fetched anew; it goes: kept until it expires, then root servers are asked at once")
def _life(lab):
    with root(lab, soa="1 1 1 4 2") as net:
        with Giver(net) as giver:
            windlass = resolver(lab, net, [f"127.0.0.1@{giver.port}"])
            windlass.start()
            try:
                in_force(windlass)
                before = state(windlass).split(",")[0]
                net.add("added. 3600 A 192.0.2.77")
                check(wire.wait_until(lambda: state(windlass).split(",")[0] not in (before, ""), 15, step=0.2), "the same serial")
                equal(windlass.ask("added.").rcode, "NOERROR", "the new name")
                asked = giver.questions
                check(wire.wait_until(lambda: giver.questions > asked + 2, 10), "it is not asked again and again")
                giver.__exit__()
                check(wire.wait_until(lambda: "WL-ROOT-005" in windlass.read_log(), 15, step=0.1), "it does not expire")
                before = windlass.metric("root_copy_answers_total")
                right_answers(windlass, "c")
                equal(windlass.metric("root_copy_answers_total"), before, "answers of an expired copy")
                matches(state(windlass), "^none: ", "status")
                giver.__enter__()
                in_force(windlass)
                windlass.settings["recursion"]["local_root"] = []
                windlass.write_config()
                windlass.commanded("config", "reload")
                equal(state(windlass), "", "status without sources")
                before = windlass.metric("root_copy_answers_total")
                right_answers(windlass, "d")
                equal(windlass.metric("root_copy_answers_total"), before, "answers of a copy that is not wanted")
            finally:
                windlass.stop()
