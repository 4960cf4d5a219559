"""Denials that Windlass makes of what it proved before: are they what the zone says?"""
import re
from dataclasses import replace

from . import contents
from .opinions import ACCEPTED, BOGUS, FAILED, INSECURE, SECURE

_AFRESH = re.compile(r"^result +(\w+), (\w+),", re.MULTILINE)
_REASON = re.compile(r"^ +EDE (\d+) ", re.MULTILINE)


def denial_in(made, name, rrtype):
    """NXDOMAIN or NOERROR when the contents of a zone deny the question; None when they answer it, or refer elsewhere."""
    if made.occluded(name):
        return None
    closest = name
    while closest not in made.owners() and not made.has_below(closest):
        closest = closest.parent()
    source = name if closest == name else contents.below(closest, "*")
    types = {kind for owner, kind, _ in made.records if owner == source}
    if types & {rrtype, "CNAME"} or types and rrtype == "ANY":
        return None
    return "NOERROR" if types or made.has_below(source) else "NXDOMAIN"


def afresh(case, why):
    """What Windlass says of the question with nothing kept, as `windlassctl why` prints it; None: it does not say."""
    found = _AFRESH.search(why)
    if not found:
        return None
    rcode, verdict = found.groups()
    verdict = verdict if verdict in (SECURE, INSECURE, BOGUS) else FAILED
    reason = _REASON.search(why)
    return replace(case, windlass=replace(case.windlass, verdict=verdict, rcode=rcode,
                                          why=f"EDE {reason.group(1)}" if reason else "",
                                          answer=case.windlass.answer if verdict in ACCEPTED else None))


def is_right(case):
    """A secure denial that the contents of the zone bear out."""
    if case.windlass.verdict != SECURE or case.windlass.answer:
        return False
    zone = case.plan.holder(case.name, above=case.type == "DS")
    made = contents.make(zone, case.plan, lambda _: "192.0.2.1", lambda _: ())
    return denial_in(made, case.name, case.type) == case.windlass.rcode
