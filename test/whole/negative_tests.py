"""Negative trust anchors (RFC 7646): their life, what is kept of them, and that every worker and cache follows."""
import os
import time

from ..internet import wire
from .local import load, rows, with_zones
from .suite import Suite, check, equal, matches

suite = Suite("negative")
BROKEN, NAME = "expired.example.", "www.expired.example."
SOUND = "www.p256.example."
SECOND_LOOKS = {"nta_recheck": 1}      # looked at again every second
WORKERS = 4
ASKED = 24                             # from as many ports: with four workers each hears some


def verdicts(windlass, name, rrtype="A"):
    """What clients at many ports, and so at all workers, are told."""
    seen = set()
    for _ in range(ASKED):
        reply = windlass.ask(name, rrtype)
        seen.add("bogus" if reply.rcode == "SERVFAIL" else "secure" if reply.ad else "insecure")
    return seen


def listed(windlass):
    return {row["name"]: row for row in rows(windlass, "nta", "list")}


def state_of(windlass):
    return os.path.join(windlass.settings["state_dir"], "negative-anchors")


def logged(windlass, words, seconds=8):
    return wire.wait_until(lambda: words in windlass.read_log(), seconds)


@suite.test("set, removed, expired: all workers say so at once, from a warm cache")
def _life(lab):
    with lab.fresh(workers=WORKERS) as windlass:
        equal(verdicts(windlass, NAME), {"bogus"}, "before")
        windlass.commanded("nta", "add", BROKEN, "1h", "they forgot to sign")
        equal(verdicts(windlass, NAME), {"insecure"}, "while it stands")
        equal(windlass.metric("negative_trust_anchors"), 1, "metric")
        equal(verdicts(windlass, SOUND), {"secure"}, "another zone")
        windlass.commanded("nta", "remove", BROKEN)
        equal(verdicts(windlass, NAME), {"bogus"}, "when it was removed")
        equal(windlass.metric("negative_trust_anchors"), 0, "metric")
        windlass.commanded("nta", "add", BROKEN, "2s")
        equal(verdicts(windlass, NAME), {"insecure"}, "with a short one")
        check(logged(windlass, f"negative trust anchor {BROKEN} has ended"), "the log does not say that it ended")
        wire.wait_until(lambda: verdicts(windlass, NAME) == {"bogus"}, 2)
        equal(verdicts(windlass, NAME), {"bogus"}, "when it ended")


@suite.test("data that is sound is proven secure again, from the cache, when the anchor above it goes")
def _sound(lab):
    with lab.fresh(workers=WORKERS) as windlass:
        equal(verdicts(windlass, SOUND), {"secure"}, "before")
        windlass.commanded("nta", "add", "p256.example.", "1h")
        equal(verdicts(windlass, SOUND), {"insecure"}, "while it stands")
        upstream = windlass.metric("upstream_queries_total")
        windlass.commanded("nta", "remove", "p256.example.")
        equal(verdicts(windlass, SOUND), {"secure"}, "afterwards")
        equal(windlass.metric("upstream_queries_total"), upstream, "upstream queries")


@suite.test("the EDE and why name it")
def _named(lab):
    with lab.fresh() as windlass:
        windlass.commanded("nta", "add", BROKEN, "1h", "they forgot to sign")
        for _ in range(2):             # from servers, then from the cache
            reply = windlass.ask(NAME)
            equal(reply.ede_codes, [0], "EDE codes")
            matches(reply.ede[0][1], r"negative trust anchor expired\.example\.", "EDE text")
        why = windlass.commanded("why", NAME)
        matches(why, r"negative trust anchor until 20\d\d-.*they forgot to sign", "why")
        matches(why, r"insecure", "why")


@suite.test("nta list: name, reason, since, until, last look and what it found")
def _list(lab):
    with lab.fresh(limits=SECOND_LOOKS) as windlass:
        windlass.commanded("nta", "add", BROKEN, "1h", "they forgot to sign")
        windlass.commanded("nta", "add", "--force", "p256.example.", "90m", "kept dark")
        row = listed(windlass)[BROKEN]
        matches(row["since"], r"^20\d\d-\d\d-\d\dT", "since")
        matches(row["until"], r"^20\d\d-\d\d-\d\dT", "until")
        equal((row["reason"], row["source"]), ("they forgot to sign", "command"), "reason and source")
        check(wire.wait_until(lambda: listed(windlass)[BROKEN]["found"], 8), "it was never looked at again")
        row = listed(windlass)[BROKEN]
        matches(row["checked"], r"^20\d\d-\d\d-\d\dT", "checked")
        matches(row["found"], r"^bogus: .*expired", "found")
        matches(listed(windlass)["p256.example."]["checked"], "forced", "the forced one")
        equal(verdicts(windlass, NAME), {"insecure"}, "while it is still broken")


@suite.test("a zone that validates ends its anchor early and says so; --force keeps it")
def _early(lab):
    with lab.fresh(limits=SECOND_LOOKS) as windlass:
        windlass.commanded("nta", "add", "p384.example.", "1h", "--force", "kept dark")
        windlass.commanded("nta", "add", "p256.example.", "1h", "mended meanwhile")
        equal(verdicts(windlass, SOUND), {"insecure"}, "at first")
        check(logged(windlass, "negative trust anchor p256.example. (mended meanwhile) ended early"), "not in the log")
        check(wire.wait_until(lambda: "p256.example." not in listed(windlass), 2), "it is still listed")
        equal(verdicts(windlass, SOUND), {"secure"}, "when it ended")
        time.sleep(2.5)
        check("p384.example." in listed(windlass), "the forced one is gone")
        equal(verdicts(windlass, "www.p384.example."), {"insecure"}, "below the forced one")


@suite.test("a zone that is mended: from broken to secure without the operator's hand")
def _mended(lab):
    zone, name = "early.example.", "www.early.example."
    with lab.fresh(limits=SECOND_LOOKS) as windlass:
        equal(verdicts(windlass, name), {"bogus"}, "at first")
        windlass.commanded("nta", "add", zone, "1h")
        check(wire.wait_until(lambda: listed(windlass)[zone]["found"].startswith("bogus"), 8), "never looked at")
        lab.net.sign_again(zone, defect="")
        try:
            check(logged(windlass, f"negative trust anchor {zone} ended early"), "not in the log")
            windlass.commanded("cache", "flush", zone, "--subtree")     # the TTLs of a test are too long to wait for
            equal(verdicts(windlass, name), {"secure"}, "when it is mended")
        finally:
            lab.net.sign_again(zone, defect="early")


@suite.test("those added by command survive a reload of configuration and anchors, and a restart")
def _survives(lab):
    with lab.fresh() as windlass:
        windlass.commanded("nta", "add", BROKEN, "1h", "they forgot: to sign; twice")
        windlass.commanded("nta", "add", "forged.example.", "3s")
        windlass.commanded("nta", "add", "p256.example.", "--force")
        before = listed(windlass)
        windlass.commanded("config", "reload")
        windlass.commanded("anchors", "reload")
        equal(listed(windlass), before, "after the reload")
        equal(verdicts(windlass, NAME), {"insecure"}, "after the reload")
        windlass.stop()
        time.sleep(3.1)
        windlass.start()
        after = listed(windlass)
        equal(sorted(after), sorted([BROKEN, "p256.example."]), "names after a restart")
        for name, row in after.items():
            for field in ("since", "until", "reason", "source"):
                equal(row[field], before[name][field], f"{field} of {name}")
        matches(after["p256.example."]["checked"], "forced", "the forced one")
        equal(verdicts(windlass, NAME), {"insecure"}, "after the restart")
        windlass.commanded("nta", "remove", BROKEN)
        windlass.stop()
        windlass.start()
        equal(sorted(listed(windlass)), ["p256.example."], "after another restart")


@suite.test("a state file that cannot be read: one line names it, everything is validated")
def _unreadable(lab):
    for text, words in (("nonsense\n", ":1:"), ("a. 1 2 recheck\n" + BROKEN + " 5 7 maybe\n", ":2:"),
                        (f"{BROKEN} 5 7 rec", "cut off")):
        with lab.fresh() as windlass:
            windlass.stop()
            with open(state_of(windlass), "w", encoding="ascii") as file:
                file.write(text)
            windlass.start()
            matches(windlass.read_log(), r"negative-anchors.*" + words, f"the log for {text!r}")
            equal(listed(windlass), {}, "nta list")
            equal(verdicts(windlass, NAME), {"bogus"}, "verdict")


@suite.test("one whose end is further off than any may be is not restored: the clock was wrong")
def _far_off(lab):
    with lab.fresh() as windlass:
        windlass.stop()
        now = int(time.time())
        with open(state_of(windlass), "w", encoding="ascii") as file:
            file.write(f"{BROKEN} {now + 400 * 86400} {now + 401 * 86400} recheck x\nforged.example. {now - 5} {now + 500} recheck\n")
        windlass.start()
        equal(sorted(listed(windlass)), ["forged.example."], "nta list")
        equal(verdicts(windlass, NAME), {"bogus"}, "verdict")


@suite.test("where the state cannot be written the anchor holds, and the command says until when")
def _unwritable(lab):
    with lab.fresh() as windlass:
        os.mkdir(state_of(windlass))
        out = windlass.commanded("nta", "add", BROKEN)
        matches(out, r"lost_at_restart.*negative-anchors", "what the command says")
        equal(verdicts(windlass, NAME), {"insecure"}, "verdict")


@suite.test("configured ones: re-checked but never ended, not removed by command, gone with the configuration")
def _configured(lab):
    negatives = [{"name": "p256.example.", "reason": "by the book"}, {"name": BROKEN}]
    with lab.fresh(dnssec={"negative_trust_anchors": negatives}, limits=SECOND_LOOKS) as windlass:
        check(logged(windlass, "negative trust anchor p256.example. (by the book) is needless"), "not in the log")
        equal(listed(windlass)["p256.example."]["found"], "secure", "found")
        equal(verdicts(windlass, SOUND), {"insecure"}, "verdict")
        code, _, err = windlass.control("nta", "remove", "p256.example.")
        equal(code, 1, "exit code")
        matches(err, r"stands in the configuration", "stderr")
        windlass.commanded("nta", "add", BROKEN, "1h", "by hand")
        equal(listed(windlass)[BROKEN]["source"], "command", "source")
        windlass.commanded("nta", "remove", BROKEN)
        equal(listed(windlass)[BROKEN]["source"], "configuration", "source when the command's is gone")
        windlass.settings["dnssec"] = {"trust_anchors": lab.net.anchor_ds}
        windlass.write_config()
        windlass.commanded("config", "reload")
        equal(listed(windlass), {}, "nta list")
        equal(verdicts(windlass, SOUND), {"secure"}, "verdict")
        equal(verdicts(windlass, NAME), {"bogus"}, "verdict of the broken zone")


#      arguments                                        what stderr must hold
WRONG = (
    (("x.example.", "8d"),                              r"too long.*at most 7d.*nta_lifetime_max"),
    (("x.example.", "604801"),                          r"at most 7d"),
    (("x.example.", "0"),                               r"1s to 7d"),
    (("x.example.", "1w"),                              r"no duration"),
    (("x.example.", "-5m"),                             r"no duration"),
    (("--force",),                                      r"NAME"),
    (("x..example.", "1h"),                             r"no(t a)? domain name|x\.\.example"),
    (("x.example.", "1h", "r" * 257),                   r"256 octets"),
)


def wrong(lab, row):
    words, pattern = row
    code, _, err = lab.shared.control("nta", "add", *words)
    check(code in (1, 2), f"exit code {code}")
    matches(err, pattern, "stderr")
    equal(listed(lab.shared), {}, "nta list")


suite.table(WRONG, wrong, title=lambda row: "refused: nta add " + " ".join(row[0])[:60])


@suite.test("nta_count bounds those added by command")
def _count(lab):
    with lab.fresh(limits={"nta_count": 3}) as windlass:
        for i in range(3):
            windlass.commanded("nta", "add", f"n{i}.example.")
        code, _, err = windlass.control("nta", "add", "n3.example.")
        equal(code, 1, "exit code")
        matches(err, "nta_count", "stderr")
        windlass.commanded("nta", "add", "n0.example.", "2h", "again")
        equal(len(listed(windlass)), 3, "anchors")


@suite.test("local names that lead to validated data: kept answers of no worker outlive a change")
def _answer_cache(lab):
    text = ("@ SOA ns1 hostmaster 1 3600 600 864000 300\n@ NS ns1\nns1 A 192.0.2.53\nwww A 192.0.2.80\n"
            f"broken CNAME {NAME}\nsound CNAME {SOUND}\n")
    with with_zones(lab, workers=WORKERS) as windlass:
        load(windlass, "lab.test.", text)
        equal(verdicts(windlass, "www.lab.test."), {"insecure"}, "a local name")
        equal(verdicts(windlass, "broken.lab.test."), {"bogus"}, "an alias to a broken zone")
        hits = windlass.metric("cache_hits_total", 'cache="answer"')
        check(hits > 0, "no answer came from an answer cache: this proves nothing")
        for _ in range(2):
            windlass.commanded("nta", "add", BROKEN, "1h")
            equal(verdicts(windlass, "broken.lab.test."), {"insecure"}, "while the anchor stands")
            equal(verdicts(windlass, "www.lab.test."), {"insecure"}, "a local name meanwhile")
            windlass.commanded("nta", "remove", BROKEN)
            equal(verdicts(windlass, "broken.lab.test."), {"bogus"}, "when it is gone")
        check(windlass.metric("cache_hits_total", 'cache="answer"') > hits, "local answers are not kept across changes")


@suite.test("kill -9 at any moment: the state file always parses, and holds the last anchors acknowledged")
def _killed(lab):
    with lab.fresh() as windlass:
        for round_number in range(20):
            names = [f"k{round_number}-{i}.example." for i in range(3)]
            for name in names:
                windlass.commanded("nta", "add", name, "1h", f"round {round_number}")
            windlass.process.kill()
            windlass.process.wait()
            windlass.start()
            check("negative trust anchors of before" not in windlass.read_log(), windlass.log_tail())
            missing = set(names) - set(listed(windlass))
            check(not missing, f"lost: {missing}")
