"""Special names (RFC 6761, 6303 and kin): each row of the printed table is answered here, and nothing of it reaches a
server; what the operator has configured below such a name wins. Judged by dig, kdig and the counters."""
import re
import subprocess

from .clients import dig
from .local import load, with_zones
from .suite import Suite, check, equal, matches

suite = Suite("special")
ROW = re.compile(r"^\| `([^`]+)`(?: to `([^`]+)`)? \| ([^|]+?) \| RFC \d+ \|$", re.M)
BELOW = {"NXDOMAIN": "NXDOMAIN", "NOERROR without data": "NOERROR", "the same data": "NOERROR"}


def rows(lab):
    """(name, what is below it) of the whole table, ranges written out."""
    text = subprocess.run([lab.programs.windlass, "--print-reference", "special_names"], capture_output=True, text=True,
                          check=True, timeout=20).stdout
    found = []
    for first, last, below in ROW.findall(text):
        name = first.partition(".")[2]
        numbers = range(int(first.partition(".")[0]), int(last.partition(".")[0]) + 1) if last else ()
        found += [(f"{number}.{name}", BELOW[below]) for number in numbers] or [(first, BELOW[below])]
    check(len(found) > 100, f"only {len(found)} rows are printed")
    return found


def upstream(windlass):
    return windlass.metric("upstream_queries_total")


def settled(windlass):
    """The root is primed, its keys are known: what is counted from now on was caused by questions."""
    equal(windlass.ask("www.p256.example.").rcode, "NOERROR", "an ordinary name")
    return upstream(windlass)


def none_leaks(lab, workers):
    table = rows(lab)
    with lab.fresh(workers=workers) as windlass:
        before = settled(windlass)
        for name, below in table:
            apex = windlass.ask(name, "SOA")
            equal((apex.rcode, apex.aa, apex.ad, len(apex.answer) > 0), ("NOERROR", True, False, True), f"{name} SOA")
            for lower in ("x.", "_dns.deep.er."):
                for rrtype in ("A", "PTR", "DS"):
                    reply = windlass.ask(lower + name, rrtype)
                    equal((reply.rcode, reply.aa, reply.ad), (below, True, False), f"{lower}{name} {rrtype}")
        equal(upstream(windlass), before, "questions sent upstream")
        check(windlass.metric("response_source_total", "special_name") >= 7 * len(table), "they are counted elsewhere")


suite.table((1, 4), none_leaks, title=lambda workers: f"no row of the table leaks with workers: {workers}")


@suite.test("dig and kdig: addresses of localhost, the reason of a denial, no AD")
def _judged(lab):
    with lab.fresh() as windlass:
        before = settled(windlass)
        for via in ("dig", "kdig", "kdig +tcp"):
            answer = dig(via, "www.localhost", "AAAA", "127.0.0.1", windlass.port)
            equal((answer.rcode, answer.aa, answer.ad, answer.ede), ("NOERROR", True, False, ()), f"{via} localhost")
            matches(answer.text, r"AAAA\s+::1", via)
            answer = dig(via, "1.2.168.192.in-addr.arpa", "PTR", "127.0.0.1", windlass.port)
            equal((answer.rcode, answer.aa, answer.ad, answer.ede), ("NXDOMAIN", True, False, (29,)), f"{via} reverse")
        equal(upstream(windlass), before, "questions sent upstream")


@suite.test("aliases of a local zone into special names do not leak; a local zone at or below one wins")
def _local(lab):
    soa = "@ 3600 SOA ns h 1 3600 600 864000 60\n@ 3600 NS ns\nns 3600 A 192.0.2.1\n"
    with with_zones(lab, workers=4) as windlass:
        load(windlass, "office.example.", soa + "tv 60 CNAME tv.local.\nme 60 CNAME www.localhost.\n")
        load(windlass, "lab.home.arpa.", soa + "nas 60 A 192.0.2.7\n")
        before = settled(windlass)
        reply = windlass.ask("tv.office.example.")
        equal((reply.rcode, len(reply.answer), reply.ede_codes), ("NXDOMAIN", 1, [29]), "alias to .local")
        equal(len(windlass.ask("me.office.example.").answer), 2, "alias to localhost")
        equal([record.type for record in windlass.ask("nas.lab.home.arpa.").answer], ["A"], "the local zone's address")
        equal(windlass.ask("nas.home.arpa.").rcode, "NXDOMAIN", "beside the local zone")
        equal(upstream(windlass), before, "questions sent upstream")


@suite.test("a reload switches names and the whole table off and on")
def _reload(lab):
    with lab.fresh() as windlass:
        before = settled(windlass)
        equal(windlass.ask("a.home.arpa.").aa, True, "by default")
        windlass.settings["recursion"]["special_names_except"] = ["home.arpa."]
        windlass.write_config()
        windlass.commanded("config", "reload")
        equal(upstream(windlass), before, "nothing has leaked yet")
        equal(windlass.ask("b.home.arpa.").aa, False, "an exception")
        equal(windlass.ask("b.test.").aa, True, "another name")
        check(upstream(windlass) > before, "an exception is not asked for")
        windlass.settings["recursion"]["special_names"] = False
        windlass.write_config()
        windlass.commanded("config", "reload")
        equal(windlass.ask("c.test.").aa, False, "switched off")


@suite.test("why says so, and asks nobody")
def _why(lab):
    with lab.fresh() as windlass:
        before = settled(windlass)
        matches(windlass.commanded("why", "hidden.onion.", "A"), r"special name", "why")
        equal(upstream(windlass), before, "questions sent upstream")
