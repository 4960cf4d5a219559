"""Three opinions about one question: do they agree, and if not, is it known why?"""
from dataclasses import dataclass

from .opinions import BOGUS, FAILED, Opinion

AGREED, AGAINST, KNOWN, UNKNOWN = "agreed", "both against windlass", "explained", "unexplained"


@dataclass(frozen=True)
class Case:
    """A question with its three opinions."""
    plan: object
    name: object
    type: str
    windlass: Opinion
    delv: Opinion
    unbound: Opinion

    seed = property(lambda self: self.plan.seed)

    @property
    def zones(self):
        """The zones whose keys count for the question: of its name and of where aliases lead, and those above."""
        found = []
        for name in (self.name, *self.windlass.names):
            zone = self.plan.holder(name, above=self.type == "DS" and name == self.name)
            while zone is not None:
                if zone not in found:
                    found.append(zone)
                zone = zone.parent
        return found


def same(ours, theirs):
    """The same verdict; and where data was accepted the same RCODE and the same records. SERVFAIL refuses as bogus does."""
    if theirs.verdict == FAILED and theirs.rcode == "SERVFAIL":
        return ours.verdict in (BOGUS, FAILED)
    if ours.verdict != theirs.verdict:
        return False
    if ours.verdict in (BOGUS, FAILED):
        return True
    comparable = ours.answer is not None and theirs.answer is not None
    return ours.rcode == theirs.rcode and (not comparable or ours.answer == theirs.answer)


def judge(case, classes):
    """(outcome, the classes that explain it). Each peer that differs from Windlass needs a class of its own."""
    differing = [who for who in ("delv", "unbound") if not same(case.windlass, getattr(case, who))]
    if not differing:
        return AGREED, []
    if len(differing) == 2 and case.delv.verdict != FAILED and same(case.delv, case.unbound):
        return AGAINST, []
    found = [next((each for each in classes if each.who == who and each.fits(case)), None) for who in differing]
    return (UNKNOWN, []) if None in found else (KNOWN, found)
