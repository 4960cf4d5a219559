"""Three judges and what each says of a question, in one form: Windlass, delv and unbound-host."""
import re
from dataclasses import dataclass, replace

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdata
import dns.rdatatype

from ..internet.servers import tool
from ..whole.clients import delv_text, delv_verdict, run_client
from .build import RELAY
from .relay import PORT

SECURE, INSECURE, BOGUS, FAILED = "secure", "insecure", "bogus", "failed"
ACCEPTED = (SECURE, INSECURE)
SECONDS = 12
DELV_SECONDS = 5               # it may wait forever for itself; see classes.py

# A validator's own numbers where they can be set alike: Windlass's limit of NSEC3 iterations, no tolerance of clocks.
UNBOUND = """server:
    root-hints: "{hints}"
    do-not-query-localhost: no
    do-ip6: no
    module-config: "validator iterator"
    val-nsec3-keysize-iterations: "1024 50 2048 50 4096 50"
    val-sig-skew-min: 0
    val-sig-skew-max: 0
"""


@dataclass(frozen=True)
class Opinion:
    """answer: rdata of the type asked for, in canonical form; None: not comparable. why: for people.

    names: those of the answer, aliases' targets too. brought: the type that a question for ANY was answered with.
    """
    verdict: str
    rcode: str = ""
    answer: frozenset = None
    why: str = ""
    names: tuple = ()
    brought: str = ""

    def __str__(self):
        return f"{self.verdict} {self.rcode}" + (f" ({self.why})" if self.why else "")


def _canonical(rrtype, text):
    """One presentation form for a record, whoever printed it."""
    try:
        return dns.rdata.from_text("IN", rrtype, text, relativize=False).to_digestable().hex()
    except (dns.exception.DNSException, ValueError):
        return text.lower()


# ---- Windlass ----------------------------------------------------------------------------------------------------


def _asked(windlass, name, rrtype, cd=False):
    query = dns.message.make_query(name, rrtype, want_dnssec=True, payload=1232)
    query.flags |= dns.flags.AD | (dns.flags.CD if cd else 0)
    return dns.query.udp_with_fallback(query, "127.0.0.1", SECONDS, windlass.port)[0]


def _names(reply):
    targets = [rdata.target for rrset in reply.answer if rrset.rdtype == dns.rdatatype.CNAME for rdata in rrset]
    return tuple({rrset.name for rrset in reply.answer} | set(targets))


def windlass_says(windlass, name, rrtype):
    try:
        reply = _asked(windlass, name, rrtype)
        rcode = dns.rcode.to_text(reply.rcode())
        why = " ".join(option.to_text() for option in reply.options if option.otype == 15)
        if rcode == "SERVFAIL":
            unjudged = _asked(windlass, name, rrtype, cd=True)
            failed = unjudged.rcode() == dns.rcode.SERVFAIL
            return Opinion(FAILED if failed else BOGUS, rcode, None, why, _names(unjudged))
    except (dns.exception.DNSException, OSError) as error:
        return Opinion(FAILED, "", None, f"{type(error).__name__}: {error}")
    brought = [rrset.rdtype for rrset in reply.answer if rrset.rdtype not in (dns.rdatatype.RRSIG, dns.rdatatype.CNAME)]
    number = dns.rdatatype.from_text(rrtype)
    if rrtype == "ANY" and brought:
        number = brought[0]
    answer = frozenset(rdata.to_digestable().hex() for rrset in reply.answer if rrset.rdtype == number for rdata in rrset)
    verdict = SECURE if reply.flags & dns.flags.AD else INSECURE
    return Opinion(verdict, rcode, None if rrtype == "ANY" and not brought else answer, why, _names(reply),
                   dns.rdatatype.to_text(number) if number != dns.rdatatype.ANY else "")


# ---- delv --------------------------------------------------------------------------------------------------------


WORST = (FAILED, BOGUS, INSECURE, SECURE)


def delv_says(build, name, rrtype):
    text = delv_text(str(name), rrtype, RELAY, PORT, build.anchor_delv, "+split=0", "+norrcomments", seconds=DELV_SECONDS)
    opinion, end = read_delv(text, name, rrtype)
    if end is None:
        return opinion
    # It does not say what it holds of a denial at the end of aliases: that is asked for.
    last = delv_says(build, end, rrtype)
    return replace(last, verdict=min((opinion.verdict, last.verdict), key=WORST.index))


def read_delv(text, name, rrtype):
    """(its opinion, where aliases end in a denial it does not judge or None) from what it printed."""
    notes = " | ".join([line.strip(" ;") for line in text.splitlines() if line.startswith(";;")][-3:])
    denied = re.search(r"(?m)^; (\S+)\s+\d+\s+IN\s+\\-", text)
    end = dns.name.from_text(denied.group(1)) if denied and "; negative response" not in text else None
    verdict = {"no answer": SECURE if end else FAILED}.get(delv_verdict(text), delv_verdict(text))
    if "pending validation" in text or end == name:      # it has it, and does not vouch for it
        return Opinion(BOGUS, "", None, notes), None
    if verdict in (BOGUS, FAILED):
        return Opinion(verdict, "SERVFAIL" if "resolution failed: SERVFAIL" in text else "", None, notes), None
    rcode = "NXDOMAIN" if "ncache nxdomain" in text else "NOERROR"
    answer = frozenset(_canonical(rrtype, match.group(1)) for match in
                       re.finditer(rf"(?m)^[^;\s]\S*\s+\d+\s+IN\s+{rrtype}\s+(.*)$", text))
    return Opinion(verdict, rcode, None if rrtype == "ANY" else answer), end


# ---- unbound-host ------------------------------------------------------------------------------------------------

MARKS = {"(secure)": SECURE, "(insecure)": INSECURE, "(BOGUS (security failure))": BOGUS}
PHRASES = {"A": "has address", "AAAA": "has IPv6 address", "MX": "mail is handled by", "PTR": "domain name pointer"}


def write_unbound(build, path):
    with open(path, "w", encoding="ascii") as file:
        file.write(UNBOUND.format(hints=build.hints))


def unbound_says(build, config, name, rrtype):
    return read_unbound(run_client(tool("unbound-host"), "-C", config, "-f", build.anchor_ds, "-v", "-t", rrtype, str(name)), rrtype)


def read_unbound(text, rrtype):
    found = {verdict for mark, verdict in MARKS.items() if mark in text}
    rcode = re.search(r"not found: \d+\((\w+)\)", text) or re.search(r"rcode: (\w+)", text)
    rcode = rcode.group(1) if rcode else "NOERROR"
    if len(found) != 1 or rcode == "SERVFAIL" and BOGUS not in found:
        return Opinion(FAILED, rcode, None, text.strip()[-300:].replace("\n", " | "))
    verdict = found.pop()
    if verdict == BOGUS:
        return Opinion(BOGUS, "", None, text.strip().splitlines()[-1])
    phrase = PHRASES.get(rrtype, f"has {rrtype} record")
    answer = frozenset(_canonical(rrtype, match.group(1)) for match in
                       re.finditer(rf"(?m)^\S+ {phrase} (.*) \((?:in)?secure\)$", text))
    return Opinion(verdict, rcode, None if rrtype == "ANY" else answer)
