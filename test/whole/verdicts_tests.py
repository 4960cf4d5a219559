"""Every row of the case table, cold and from the cache, with one worker and with four."""
from ..internet import CASES
from .clients import verdict_of
from .suite import Skipped, Suite, check, equal

suite = Suite("verdicts")


def right_answer(windlass, case):
    """Asks over UDP, over TCP when truncated, and compares with the row."""
    reply = windlass.ask(case.name, case.type, timeout=10)
    if reply.tc:
        reply = windlass.ask(case.name, case.type, timeout=10, tcp=True)
    equal(reply.rcode, case.rcode, "rcode")
    equal(verdict_of(reply.rcode, reply.ad, reply.ede_codes), case.verdict, "verdict")
    if case.ede:
        check(set(case.ede) & set(reply.ede_codes), f"EDE: got {reply.ede}, wanted one of {case.ede}")
    if case.rcode == "SERVFAIL":
        check(reply.ede, "SERVFAIL without EDE")
        check(all(text for _, text in reply.ede), f"EDE without a reason: {reply.ede}")
    if case.has:
        check(reply.answer, "empty answer section")
    check(reply.ra, "RA not set")
    check(not reply.aa, "AA set on recursive data")
    return reply


BELIEVED = [case for case in CASES if case.verdict in ("secure", "insecure") and not case.needs_ipv6]


def right_answers(windlass, cases):
    """Every case gets its right answer; tells all that do not."""
    wrong = []
    for case in cases:
        try:
            right_answer(windlass, case)
        except (AssertionError, OSError) as error:
            wrong.append(f"{case.name} {case.type}: {error}")
    check(not wrong, f"{len(wrong)}: " + "; ".join(wrong)[:600])


def cold_and_cached(lab, case):
    if case.needs_ipv6 and not lab.net.ipv6:
        raise Skipped("no IPv6 here")
    first = right_answer(lab.shared, case)
    second = right_answer(lab.shared, case)
    equal(sorted((r.name.lower(), r.type, r.rdata) for r in second.answer if r.type != "RRSIG"),
          sorted((r.name.lower(), r.type, r.rdata) for r in first.answer if r.type != "RRSIG"), "answer from the cache")
    for before, after in zip(sorted(first.answer, key=repr), sorted(second.answer, key=repr)):
        if (before.name, before.type, before.rdata) == (after.name, after.type, after.rdata):
            check(after.ttl <= before.ttl, f"TTL grew from {before.ttl} to {after.ttl}")


suite.table(CASES, cold_and_cached, title=lambda case: f"{case.name} {case.type}: {case.note}")


@suite.test("four workers give the same answers")
def _four_workers(lab):
    with lab.fresh(workers=4) as windlass:
        right_answers(windlass, [case for case in CASES if lab.net.ipv6 or not case.needs_ipv6])


@suite.test("without validation everything that was bogus is NOERROR")
def _no_validation(lab):
    with lab.fresh(dnssec={"validation": False}) as windlass:
        for case in CASES:
            if case.verdict == "bogus" and case.name.startswith("www."):
                reply = windlass.ask(case.name, case.type)
                equal((reply.rcode, reply.ad), ("NOERROR", False), case.name)
