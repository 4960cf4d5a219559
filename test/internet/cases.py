"""One table: what a right validating resolver answers about the mini-Internet. The demo and the tests ask it row by row."""
from dataclasses import dataclass

SECURE, INSECURE, BOGUS, FAILED = "secure", "insecure", "bogus", "failed"


@dataclass(frozen=True)
class Case:
    """A question and its right answer.

    verdict: secure (AD set), insecure (no AD), bogus (SERVFAIL with a DNSSEC reason), failed (SERVFAIL for another).
    ede: the codes of RFC 8914 of which one must be there; empty for none at all in a secure answer, any otherwise.
    has: text that must stand in the answer section.  via: the client that asks, dig or kdig, with options.
    """
    name: str
    type: str
    rcode: str
    verdict: str
    note: str
    has: str = ""
    ede: tuple = ()
    via: str = "dig"
    delv: str = ""
    needs_ipv6: bool = False


def _good(name, rrtype, verdict, note, has="192.0.2.", **more):
    return Case(name, rrtype, "NOERROR", verdict, note, has, **more)


def _none(name, rrtype, rcode, verdict, note, **more):
    return Case(name, rrtype, rcode, verdict, note, **more)


def _bad(name, rrtype, note, *ede, verdict=BOGUS, **more):
    return Case(name, rrtype, "SERVFAIL", verdict, note, ede=ede, **more)


ALGORITHM_CASES = (
    _good("www.p256.example.", "A", SECURE, "ECDSA P-256, NSEC"),
    _good("www.p384.example.", "A", SECURE, "ECDSA P-384, NSEC3"),
    _good("www.rsa256.example.", "A", SECURE, "RSA SHA-256, KSK and ZSK"),
    _good("www.rsa512.example.", "A", SECURE, "RSA SHA-512"),
    _good("www.ed25519.example.", "A", SECURE, "Ed25519"),
    _good("www.ed448.example.", "A", SECURE, "Ed448"),
    _good("www.rsa1.example.", "A", SECURE, "RSA SHA-1 (7)"),
    _good("www.p256.hashed.", "AAAA", SECURE, "below an NSEC3 TLD", "2001:db8::80"),
    _good("www.p256.optout.", "A", SECURE, "below an opt-out TLD"),
    _good("www.sub.p256.example.", "A", SECURE, "child beside its parent"),
    _good("www.sha384ds.example.", "A", SECURE, "DS SHA-384"),
    _good("www.sha1ds.example.", "A", SECURE, "DS SHA-1, no better one"),
    _good("www.twods.example.", "A", SECURE, "one usable DS of three"),
    _good(".", "DNSKEY", SECURE, "the root's own keys", "257 3 13"),
    _good("p256.example.", "DS", SECURE, "DS at the parent", " 13 2 "),
    _good("example.", "SOA", SECURE, "apex of a TLD", "ns1.nic.example."),
)

DENIAL_CASES = (
    _none("no.p256.example.", "A", "NXDOMAIN", SECURE, "NSEC: no such name"),
    _none("no.p384.example.", "A", "NXDOMAIN", SECURE, "NSEC3: no such name"),
    _none("www.p256.example.", "TXT", "NOERROR", SECURE, "NSEC: no such type"),
    _none("www.p384.example.", "TXT", "NOERROR", SECURE, "NSEC3: no such type"),
    _none("ent.p256.example.", "A", "NOERROR", SECURE, "NSEC: empty non-terminal"),
    _none("ent.p384.example.", "A", "NOERROR", SECURE, "NSEC3: empty non-terminal"),
    _good("any.wild.p256.example.", "TXT", SECURE, "NSEC: wildcard", "wildcard"),
    _good("any.wild.p384.example.", "TXT", SECURE, "NSEC3: wildcard", "wildcard"),
    _none("any.wild.p256.example.", "MX", "NOERROR", SECURE, "NSEC: wildcard, no such type"),
    _none("any.wild.p384.example.", "MX", "NOERROR", SECURE, "NSEC3: wildcard, no such type"),
    _none("nosuchtld.", "A", "NXDOMAIN", SECURE, "no such TLD"),
    _none("unsigned.example.", "DS", "NOERROR", SECURE, "NSEC: proof of no DS"),
    _none("unsigned.hashed.", "DS", "NOERROR", SECURE, "NSEC3: proof of no DS"),
    _none("no.optout.", "A", "NXDOMAIN", INSECURE, "opt-out proves no absence", delv=SECURE),
)

ALIAS_CASES = (
    _good("alias.p256.example.", "A", SECURE, "CNAME in the zone"),
    _good("to-signed.p256.example.", "A", SECURE, "CNAME signed to signed"),
    _good("to-unsigned.p256.example.", "A", INSECURE, "CNAME signed to unsigned"),
    _good("to-signed.unsigned.example.", "A", INSECURE, "CNAME unsigned to signed"),
    _none("to-nothing.p256.example.", "A", "NXDOMAIN", SECURE, "CNAME to no name"),
    _good("any.wildalias.p256.example.", "A", SECURE, "wildcard CNAME"),
    _good("www.moved.p256.example.", "A", SECURE, "DNAME"),
    _bad("to-bogus.p256.example.", "A", "CNAME into a bogus zone", 7),
)

INSECURE_CASES = (
    _good("www.unsigned.example.", "A", INSECURE, "unsigned, NSEC parent"),
    _good("www.unsigned.hashed.", "A", INSECURE, "unsigned, NSEC3 parent"),
    _good("www.unsigned.optout.", "A", INSECURE, "unsigned, opted out"),
    _good("www.site.plain.", "A", INSECURE, "below an unsigned TLD"),
    _none("no.site.plain.", "A", "NXDOMAIN", INSECURE, "no such name, unsigned"),
    _good("www.island.plain.", "A", INSECURE, "signed, but no chain"),
    _good("www.newalgo.example.", "A", INSECURE, "algorithm 200", ede=(1,)),
    _good("www.newdigest.example.", "A", INSECURE, "DS digest 200", ede=(2,)),
    _none("no.iterations.hashed.", "A", "NXDOMAIN", INSECURE, "300 NSEC3 iterations", ede=(27,)),
)

BROKEN_CASES = (
    _bad("www.expired.example.", "A", "signature expired", 7),
    _bad("www.early.example.", "A", "signature of tomorrow", 8),
    _bad("www.wrongds.example.", "A", "DS of another key", 9),
    _bad("www.nokeys.example.", "A", "DS, but no keys", 9, 10),
    _bad("www.stripped.example.", "A", "RRSIG taken away", 10),
    _bad("www.forged.example.", "A", "address changed", 6),
    _bad("no.nodenial.example.", "A", "NSEC taken away", 12),
    _bad("www.below.expired.example.", "A", "parent zone expired", 7, 9),
)

REACH_CASES = (
    _good("www.six.example.", "A", SECURE, "only server over IPv6", needs_ipv6=True),
    _good("www.glueless.example.", "A", SECURE, "servers without glue"),
    _good("www.lame.example.", "A", SECURE, "one of two servers lame"),
    _good("large.big.example.", "TXT", SECURE, "2 kB, more than UDP carries", "009 ", via="kdig"),
    _good("huge.big.example.", "TXT", SECURE, "10 kB, only TCP", "039 ", via="dig"),
    _good("long.big.example.", "TXT", SECURE, "one record of 7 kB", "bbbb", via="kdig +tcp"),
    _bad("c01.chain-a.example.", "A", "16 CNAMEs: one too many", verdict=FAILED),
    _good("www.victim.example.", "A", SECURE, "what that chain aimed at"),
    _good("www.slow.example.", "A", INSECURE, "a server that thinks 0.3 s", "192.0.2.5"),
)

CASES = ALGORITHM_CASES + DENIAL_CASES + ALIAS_CASES + INSECURE_CASES + BROKEN_CASES + REACH_CASES

# What `why` must name for each broken zone: the question, the zone of the failing link, words of the reason (any one).
BROKEN_LINKS = (
    ("www.expired.example.", "A", "expired.example.", ("expired",)),
    ("www.early.example.", "A", "early.example.", ("not yet valid", "not-yet-valid", "early", "inception")),
    ("www.wrongds.example.", "A", "wrongds.example.", ("DNSKEY", "DS")),
    ("www.nokeys.example.", "A", "nokeys.example.", ("DNSKEY",)),
    ("www.stripped.example.", "A", "stripped.example.", ("RRSIG", "signature", "missing")),
    ("www.forged.example.", "A", "forged.example.", ("signature", "bogus")),
    ("no.nodenial.example.", "A", "nodenial.example.", ("NSEC", "denial")),
    ("www.below.expired.example.", "A", "expired.example.", ("expired", "DNSKEY")),
)
