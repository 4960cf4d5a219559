"""Answers of local zones: compared with NSD and knot over the same files, validated by delv, chased and iterated from."""
import os
import shutil
import tempfile

import dns.message

from ..internet import wire
from .authorities import Peers
from .clients import delv, dig
from .comparison import differences, dname_questions, questions_of
from .local import kept, load, with_zones
from .local_zones import HOME, HOME_ZONE, SHAPED, ZoneFiles
from .suite import Skipped, Suite, check, equal, matches, one_of
from .windlass import free_port

suite = Suite("answers")
SAMPLE = 150              # questions around the names of each zone, beside those for every name


class Shapes:
    """The zones of SHAPED in one Windlass."""

    def __init__(self, lab):
        self.files = ZoneFiles(os.path.join(lab.folder, "shapes"))
        imports = [{"name": zone, "file": path} for zone, path in self.files.paths.items()]
        self.windlass = with_zones(lab, {"zones": imports})
        lab.at_end(self.windlass)
        self.windlass.start()


def shapes(lab):
    return kept(lab, "shapes", Shapes)


# ---- the same as NSD and knot ---------------------------------------------------------------------------------

# Differences that are meant. A row: what it is, and whether it holds for (question, ours, theirs).
ACCEPTED = ()


def same_as_peers(lab, row):
    zone, _, _ = row
    ours = shapes(lab)
    if shutil.which("nsd") is None or shutil.which("knotd") is None:
        raise Skipped("no nsd or no knotd here")
    asked = questions_of(ours.files.paths[zone], zone, SAMPLE) + dname_questions(zone)
    with tempfile.TemporaryDirectory(dir=lab.folder) as folder, \
            Peers(folder, {zone: ours.files.paths[zone]}, free_port) as peers:
        wrong = differences(ours.windlass.port, {name: peers.port(name) for name in peers.servers}, asked, ACCEPTED)
    check(not wrong, f"{len(wrong)} of {len(asked)} differ: " + "; ".join(wrong[:8]))


suite.table(SHAPED, same_as_peers, title=lambda row: f"{row[0]}: RCODE, AA, TC, answer and authority as NSD and knot")


# ---- validated by delv ----------------------------------------------------------------------------------------

#         name              type    what it shows      (delv trusts no wildcard that only opt-out lets through: RFC 5155 9.2)
VALIDATED = (
    ("www",              "A",    "positive"),
    ("x.wild",           "TXT",  "wildcard"),
    ("x.wild",           "A",    "wildcard, no such type"),
    ("nothing",          "A",    "NXDOMAIN"),
    ("x.nothing.ent",    "A",    "NXDOMAIN below an empty non-terminal"),
    ("ent",              "A",    "empty non-terminal"),
    ("www",              "MX",   "no such type"),
    ("alias2",           "A",    "CNAMEs"),
    ("y.dname",          "AAAA", "DNAME, then CNAME"),
    ("vouched",          "DS",   "DS at the parent's side"),
    ("cut",              "DS",   "no DS"),
    ("huge",             "TXT",  "only TCP carries it"),
    ("",                 "SOA",  "the apex"),
)


def validated(lab, row):
    zone, denial, _ = row
    ours = shapes(lab)
    anchor, wrong = ours.files.anchor(zone), []
    for name, rrtype, what in VALIDATED:
        verdict = delv(f"{name}.{zone}" if name else zone, rrtype, "127.0.0.1", ours.windlass.port, anchor, root=zone)
        if verdict != ("insecure" if (denial, what) == ("optout", "wildcard") else "secure"):
            wrong.append(f"{name or '@'} {rrtype} ({what}): {verdict}")
    check(not wrong, "; ".join(wrong))


suite.table([row for row in SHAPED if row[2]], validated, title=lambda row: f"{row[0]}: delv with its key validates")


# ---- the header, EDNS, sizes ------------------------------------------------------------------------------------

PLAIN = SHAPED[0][0]


def asked(lab, name, rrtype="A", **how):
    return shapes(lab).windlass.ask(f"{name}.{PLAIN}", rrtype, **how)


@suite.test("AA, RA, no AD; ID, case of the name and RD as asked")
def _flags(lab):
    reply = asked(lab, "wWw", id=4711, ad=True)
    equal((reply.rcode, reply.aa, reply.ra, reply.ad, reply.id), ("NOERROR", True, True, False, 4711), "header")
    equal(reply.question[0], f"wWw.{PLAIN}", "question")
    equal(reply.answer[0].name.lower(), f"www.{PLAIN}", "owner")
    check(asked(lab, "www", rd=False).flags & 0x0100 == 0, "RD set though it was not asked")


#      title             EDNS   most octets
SIZES = (("no EDNS",     None,  512), ("EDNS 512", 512, 512), ("EDNS 4096", 4096, 1232))


def truncated(lab, row):
    _, edns, most = row
    for name in ("large", "huge"):
        reply = asked(lab, name, "TXT", edns=edns)
        check(reply.tc and reply.aa, "TC or AA not set")
        check(reply.size <= most, f"{reply.size} octets")


suite.table(SIZES, truncated, title=lambda row: f"too large for UDP, {row[0]}: TC, at most {row[2]} octets")


@suite.test("dig follows TC to TCP and gets all 60 records; ten in one TCP stream")
def _tcp(lab):
    answer = dig("dig", f"huge.{PLAIN}", "TXT", "127.0.0.1", shapes(lab).windlass.port)
    equal(sum(1 for line in answer.text.splitlines() if "\tTXT\t" in line), 60, "TXT records")


@suite.test("EDNS version 1: BADVERS; class CH and opcode NOTIFY: not the zone's data")
def _edns(lab):
    equal(asked(lab, "www", version=1).rcode, "BADVERS", "rcode")
    one_of(asked(lab, "www", rrclass=3).rcode, ("REFUSED", "NOTIMP", "FORMERR"), "class CH")


@suite.test("ANY: one RRset of the name (RFC 8482), NXDOMAIN where there is none")
def _any(lab):
    reply = asked(lab, "www", "ANY", do=False)
    equal((reply.rcode, len({record.type for record in reply.answer})), ("NOERROR", 1), "RRsets")
    equal(asked(lab, "nothing", "ANY").rcode, "NXDOMAIN", "rcode")


#      name              type   addresses that must stand in the additional section
ADDITIONAL = (
    ("svc",              64,    {"target"}),
    ("_sip._tcp",        33,    {"sip"}),
    ("@",                "MX",  {"mail"}),
    ("@",                "NS",  {"ns1", "ns2"}),
)


def additional(lab, row):
    name, rrtype, wanted = row
    reply = shapes(lab).windlass.ask(PLAIN if name == "@" else f"{name}.{PLAIN}", rrtype)
    owners = {record.name.lower().removesuffix("." + PLAIN) for record in reply.additional if record.type in ("A", "AAAA")}
    check(wanted <= owners, f"addresses of {sorted(owners)}, wanted {sorted(wanted)}")


suite.table(ADDITIONAL, additional, title=lambda row: f"additional: {row[0]} {row[1]} brings {', '.join(sorted(row[2]))}")


@suite.test("a case kept as written: MiXeD, NS2")
def _case(lab):
    octets = wire.exchange_udp(wire.query(PLAIN, "NS"), "127.0.0.1", shapes(lab).windlass.port)
    matches(dns.message.from_wire(octets).to_text(), rf"NS2\.{PLAIN}", "NS record")
    octets = wire.exchange_udp(wire.query(PLAIN, "AXFR"), "127.0.0.1", shapes(lab).windlass.port)
    check(wire.parse(octets).rcode != "NOERROR" or wire.parse(octets).tc, "AXFR over UDP gives data")


# ---- with the resolver ------------------------------------------------------------------------------------------

#      name        type    rcode       data in the answer    EDE     what it shows
CHASED = (
    ("out",        "A",    "NOERROR",  "192.0.2.80",         (),     "CNAME to a validated outside name"),
    ("out",        "TXT",  "NOERROR",  "www.p256.example.",  (),     "CNAME to a name without that type"),
    ("unsigned",   "A",    "NOERROR",  "192.0.2.80",         (),     "CNAME to an unsigned name"),
    ("nowhere",    "A",    "NXDOMAIN", "no.p256.example.",   (),     "CNAME to no name"),
    ("bogus",      "A",    "SERVFAIL", "",                   (7,),   "CNAME to a bogus name"),
    ("chain",      "A",    "SERVFAIL", "",                   (7,),   "through a sound zone to a bogus one"),
    ("www.tree",   "A",    "NOERROR",  "192.0.2.80",         (),     "DNAME to a validated outside tree"),
    ("x.wild",     "A",    "NOERROR",  "192.0.2.80",         (),     "wildcard CNAME"),
    ("loop",       "A",    "SERVFAIL", "",                   (),     "out, in and out again without end"),
    ("www.sub",    "A",    "NOERROR",  "192.0.2.80",         (),     "below a local delegation"),
    ("no.sub",     "A",    "NXDOMAIN", "",                   (),     "no such name below it"),
    ("sub",        "SOA",  "NOERROR",  "hostmaster",         (),     "its apex"),
    ("www.dead",   "A",    "SERVFAIL", "",                   (22, 23), "a local delegation to a silent server"),
)


def make_home(lab):
    windlass = with_zones(lab)
    lab.at_end(windlass)
    windlass.start()
    load(windlass, HOME, HOME_ZONE)
    return windlass


def home(lab):
    return kept(lab, "home", make_home)


def chased(lab, row):
    name, rrtype, rcode, data, ede, _ = row
    for via in ("dig", "kdig", "dig +tcp"):
        answer = dig(via, f"{name}.{HOME}", rrtype, "127.0.0.1", home(lab).port)
        equal((answer.rcode, answer.ad), (rcode, False), f"rcode and AD by {via}")
        check(data in answer.text, f"no {data!r} in {answer.text!r}")
        check(not ede or set(ede) & set(answer.ede), f"EDE {answer.ede}, wanted one of {ede}")
        check(rcode != "SERVFAIL" or answer.ede, "SERVFAIL without EDE")


suite.table(CHASED, chased, title=lambda row: f"{row[0]} {row[1]}: {row[5]}")


@suite.test("an outside CNAME into a local zone: the local data, no AD")
def _into_home(lab):
    answer = dig("dig", "to-home.p256.example.", "A", "127.0.0.1", home(lab).port)
    equal((answer.rcode, answer.ad), ("NOERROR", False), "rcode and AD")
    matches(answer.text, r"www\.home\.example\.\s+\d+\s+IN\s+A\s+192\.0\.2\.80", "answer")


@suite.test("an edit of the local zone shows behind an outside CNAME at once")
def _edited_behind(lab):
    windlass = home(lab)
    for address in ("192.0.2.201", "192.0.2.202", "192.0.2.80"):
        windlass.commanded("zone", "set", HOME, "www", "A", "300", address)
        answer = dig("dig", "to-home.p256.example.", "A", "127.0.0.1", windlass.port)
        matches(answer.text, rf"\s{address}$", "answer")


@suite.test("RD=0: CNAME without its target, referral without AA, nothing asked upstream")
def _authority_alone(lab):
    windlass = home(lab)
    before = windlass.metric("upstream_queries_total")
    reply = windlass.ask(f"nowhere.{HOME}", rd=False)
    equal((reply.rcode, reply.aa, [record.type for record in reply.answer]), ("NOERROR", True, ["CNAME"]), "CNAME")
    reply = windlass.ask(f"www.sub.{HOME}", rd=False)
    equal((reply.rcode, reply.aa, reply.answer), ("NOERROR", False, []), "referral")
    equal({record.type for record in reply.authority}, {"NS"}, "its authority section")
    equal([record.type for record in reply.additional if record.type == "A"], ["A"], "its glue")
    equal(windlass.metric("upstream_queries_total"), before, "upstream queries")


@suite.test("a name that no local zone covers is resolved and validated as ever")
def _others(lab):
    reply = home(lab).ask("www.p256.example.")
    equal((reply.rcode, reply.ad, reply.aa), ("NOERROR", True, False), "rcode, AD, AA")
    equal(home(lab).ask("no.example.").rcode, "NXDOMAIN", "a sibling of the zone")


@suite.test("DS of a zone whose parent is not ours: the parent's with RD, denied by the zone without")
def _ds_above(lab):
    with with_zones(lab) as windlass:
        load(windlass, "p256.example.", f"$ORIGIN p256.example.\n{KEPT}")
        equal(windlass.ask("www.p256.example.", do=False).aa, True, "AA of its data")
        reply = windlass.ask("p256.example.", "DS")
        equal((reply.rcode, reply.ad, reply.aa), ("NOERROR", True, False), "rcode, AD, AA")
        check("DS" in {record.type for record in reply.answer}, f"no DS in {reply.answer}")
        reply = windlass.ask("p256.example.", "DS", rd=False)
        equal((reply.rcode, reply.aa, reply.answer), ("NOERROR", True, []), "without RD")
        equal({record.name for record in reply.authority if record.type == "SOA"}, {"p256.example."}, "its SOA")


# ---- answers that were kept, and zones that come

KEPT = "$TTL 1h\n@ SOA ns1 hostmaster 1 7200 3600 1209600 300\n@ NS ns1\nns1 A 192.0.2.53\nwww A 192.0.2.80\n"

#      title                                            the zone that is there                         question                  the zone that comes
APPEARING = (
    ("the target of an alias becomes a zone's",         ("kept.example.", "a CNAME www.sub\nwww.sub A 192.0.2.1\n"),
     ("a.kept.example.", "A"),                          ("sub.kept.example.", "www A 192.0.2.2\n")),
    ("the target of an alias out of our zones",         ("kept.example.", "a CNAME b.come.example.\n"),
     ("a.kept.example.", "A"),                          ("come.example.", "b A 192.0.2.3\n")),
    ("the zone above a zone whose DS was denied",       ("sub.come.example.", ""),
     ("sub.come.example.", "DS"),                       ("come.example.", "sub NS ns1\nsub DS 1 13 2 " + "ab" * 32 + "\n")),
)


def appearing(lab, row):
    _, (first, records), (name, rrtype), (second, more) = row
    with with_zones(lab, workers=1) as windlass:
        load(windlass, first, f"$ORIGIN {first}\n{KEPT}{records}")
        ask = lambda: [record.rdata for record in windlass.ask(name, rrtype, rd=False, do=False).answer]
        before = [ask() for _ in range(3)]
        equal(before, [before[0]] * 3, "the same answer while nothing changes")
        load(windlass, second, f"$ORIGIN {second}\n{KEPT}{more}")
        check(ask() != before[0], f"the next answer is the old one: {before[0]}")
        windlass.commanded("zone", "delete", second, "--yes")
        equal(ask(), before[0], "the answer when the zone is gone")


suite.table(APPEARING, appearing, title=lambda row: f"seen at once: {row[0]}")


@suite.test("kept answers of local zones are counted as such, all with their duration")
def _sources(lab):
    with with_zones(lab, workers=1) as windlass:
        load(windlass, "kept.example.", f"$ORIGIN kept.example.\n{KEPT}")
        for _ in range(5):
            windlass.ask("www.kept.example.", do=False)
        for source, count in (("local_zone", 1), ("answer_cache", 4)):
            equal(windlass.metric("response_source_total", f'source="{source}"'), count, source)
            equal(windlass.metric("response_duration_seconds_count", f'source="{source}"'), count, source + " durations")
