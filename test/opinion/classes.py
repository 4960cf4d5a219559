"""Known disagreements: in which cases a validator differs from Windlass, and why Windlass stands where it stands."""
import re
from dataclasses import dataclass

from .opinions import ACCEPTED, BOGUS, FAILED, INSECURE, SECURE

ED448 = 16
ITERATIONS = 50            # above, NSEC3 counts as insecure; delv's own number is 150
NO_VERDICT = "no verdict"


@dataclass(frozen=True)
class Class:
    """`who` (delv or unbound) says one of `theirs` where Windlass says one of `ours`, and `also` holds of the Case."""
    who: str
    name: str
    ours: tuple
    theirs: tuple
    also: object
    reason: str            # with the RFC

    def fits(self, case):
        return (case.windlass.verdict in self.ours and getattr(case, self.who).verdict in self.theirs
                and bool(self.also(case)))


# ---- what else must hold ---------------------------------------------------------------------------------------------


def _defect(*titles):
    return lambda case: any(title in titles for zone in case.zones for title in zone.defects)


def _zone(condition):
    return lambda case: any(condition(zone) for zone in case.zones)


def _says(who, pattern):
    return lambda case: re.search(pattern, getattr(case, who).why)


def _all(*conditions):
    return lambda case: all(condition(case) for condition in conditions)


def _type(rrtype):
    return lambda case: case.type == rrtype


def _rcode(ours, theirs):
    return lambda case: (case.windlass.rcode, case.unbound.rcode) == (ours, theirs)


def _opted_out(case):
    return any(zone.denial == "nsec3" and (zone.optout or "all opted out" in zone.defects) for zone in case.zones)


def _between(zone):
    """Its parent is two labels up: there is a name between that is no cut."""
    return zone.parent is not None and len(zone.name) > len(zone.parent.name) + 1


def _at_no_cut(case):
    """unbound misses the proof at a name that is no zone."""
    found = re.search(r"for (?:DS|key) (\S+) while building chain of trust", case.unbound.why)
    zones = [str(zone.name).lower().rstrip(".") for zone in case.plan.zones]
    return found and found.group(1).lower().rstrip(".") not in zones


_SOA_DEFECTS = _defect("soa's signature bit", "soa unsigned", "early soa", "denials lose the soa's signature",
                       "denials lose signatures", "denials lose the soa")
_PARAMETERS = _defect("iterations of another", "salt of another", "one hash algorithm unknown", "one flags unknown")

# ---- the table -------------------------------------------------------------------------------------------------------

CLASSES = (
    Class("delv", "opt-out", (INSECURE,), (SECURE,), _opted_out,
          "an NSEC3 with the opt-out flag does not show that there is no unsigned delegation, so no AD (RFC 5155 9.2)"),
    Class("delv", "51 to 150 iterations", (INSECURE,), (SECURE, BOGUS),
          _zone(lambda zone: ITERATIONS < zone.iterations <= 150),
          "the number above which NSEC3 counts as insecure is each validator's own (RFC 9276 3.2): 50 here, 150 in delv"),
    Class("delv", "soa of a denial", (BOGUS,), (SECURE,), _SOA_DEFECTS,
          "the SOA says how long a denial lives (RFC 2308 5, RFC 9077), so it must be signed as all authority data "
          "(RFC 4035 5.4); delv looks at NSEC and NSEC3 alone"),
    Class("delv", "ds of the root", (SECURE,), (BOGUS,), lambda case: case.type == "DS" and len(case.name) == 1,
          "no parent could hold it (RFC 4035 2.4), the root's own denial is all there is; delv seeks a parent's"),
    Class("delv", "expired beside good", (SECURE,), (BOGUS,), _defect("expired beside good"),
          "one signature that holds is enough (RFC 4035 5.3.3); delv gives up at some that do not"),
    Class("delv", "types denied below opt-out", (BOGUS,), (SECURE,), _all(_defect("types denied"), _opted_out),
          "the wildcard's NSEC3 shows the type (RFC 5155 8.7); delv stops where the next closer name is opted out"),
    Class("delv", NO_VERDICT, ACCEPTED + (BOGUS, FAILED), (FAILED,), _says("delv", "hung fetch|operation canceled|^$"),
          "a zone with a DS and no DNSKEY is bogus (RFC 4035 5.2); delv waits for itself there until it is ended"),

    Class("unbound", "no Ed448", (SECURE, BOGUS), (INSECURE,), _zone(lambda zone: zone.algorithms == (ED448,)),
          "Debian builds libunbound with nettle, without Ed448: an unknown algorithm there (RFC 4035 5.2, RFC 8080)"),
    Class("unbound", "nxdomain for a name that is there", (BOGUS,), (SECURE,),
          _all(_says("windlass", "^EDE 12"), lambda case: case.unbound.rcode == "NOERROR",
               _defect("compact denial of old with nxdomain", "nodata as nxdomain")),
          "NXDOMAIN with an NSEC at the name proves nothing (RFC 4035 5.4) without NXNAME (RFC 9824 3); unbound makes "
          "NODATA of it"),
    Class("unbound", "ds of a deeper zone", ACCEPTED, (FAILED,), lambda case: case.type == "DS" and case.unbound.rcode == "SERVFAIL",
          "one server holds zones above and below, and denies a DS from the deeper (RFC 4035 3.1.4.1); unbound's iterator "
          "takes that for the child's side and gives up"),
    Class("unbound", "mixed parameters", (BOGUS,), ACCEPTED, _PARAMETERS,
          "NSEC3 whose parameters differ from the others are left aside (RFC 5155 8.2), so a proof lacks; unbound goes on "
          "with any that fit"),
    Class("unbound", "walk by every label", (SECURE, INSECURE), (BOGUS,), _at_no_cut,
          "the chain goes from zone to zone (RFC 4035 5.2); unbound wants the DS denied at names between that are no cuts"),
    Class("unbound", "iterations at a name between", (BOGUS, SECURE), (INSECURE,),
          _zone(lambda zone: _between(zone) and zone.parent.iterations > ITERATIONS),
          "the DS of a zone two labels down is signed (RFC 4035 5.2); unbound asks for the DS of the name between first, "
          "meets too many iterations there, and goes on as insecure"),
    Class("unbound", "a minimised name denied", (INSECURE,), (INSECURE,),
          _all(_rcode("NXDOMAIN", "NOERROR"), _defect("answers denied", "nodata as nxdomain")),
          "NXDOMAIN for a name says that nothing is below (RFC 8020, RFC 9156 3); in an insecure zone unbound asks on"),
    Class("unbound", "sha1 beside a wrong sha256", (BOGUS,), ACCEPTED, _zone(lambda zone: zone.ds == "sha1 badsha256"),
          "SHA-1 does not count beside SHA-256 (RFC 4509 3); unbound takes any digest unless told otherwise"),
    Class("unbound", "the nsec of an alias", ACCEPTED, ACCEPTED,
          _all(_type("NSEC"), lambda case: case.delv.answer == case.windlass.answer),
          "an NSEC stands beside a CNAME and is the answer (RFC 4035 2.5); unbound follows the CNAME it met on the way"),
    Class("unbound", "an alias asked for itself", (SECURE,), (INSECURE,), _type("CNAME"),
          "the CNAME is the answer (RFC 1034 3.6.2) and is signed; unbound judges where it leads too"),
    Class("unbound", NO_VERDICT, ACCEPTED + (BOGUS, FAILED), (FAILED,), _says("unbound", "got no answer"),
          "it was ended before it had one, on a busy machine: no opinion, so no RFC"),
)

# What no class above is about: Windlass knows more than its peers, which begin anew with each question (deduced.py).
DEDUCED = Class("both", "denied before", (SECURE,), ACCEPTED + (BOGUS, FAILED), lambda _: True,
                "proven NSEC and NSEC3 of earlier answers show it (RFC 8198 5), as the zone's contents do; the servers' own denial, "
                "all that is to be had afresh, does not, and there Windlass says as its peers do or has a class")
