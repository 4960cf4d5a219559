"""What the second opinion itself rests on: reading what the judges print, comparing, keys made from a seed, plans."""
import random
import time
import unittest
from types import SimpleNamespace

import dns.dnssec
import dns.name
import dns.rdataset

from . import build, contents, deduced, keys, plan
from .classes import CLASSES, Class
from .compare import AGAINST, AGREED, KNOWN, UNKNOWN, Case, judge, same
from .opinions import BOGUS, FAILED, INSECURE, SECURE, Opinion, read_delv, read_unbound

WWW = dns.name.from_text("www.example.")

DELV_SECURE = "; fully validated\nwww.example.\t\t300\tIN\tA\t192.0.2.1\nwww.example.\t\t300\tIN\tRRSIG\tA 13 2 300 x\n"
DELV_UNSIGNED = "; unsigned answer\nwww.example.\t\t300\tIN\tA\t192.0.2.1\n"
DELV_DENIED = (";; resolution failed: ncache nxdomain\n; negative response, fully validated\n"
               "; www.example.\t300\tIN\t\\-ANY\t;-$NXDOMAIN\n")
DELV_PENDING = (";; validating example/SOA: no valid signature found\n;; resolution failed: ncache nxrrset\n"
                "; negative response, signed answer, pending validation\n; www.example.\t300\tIN\t\\-A\t;-$NXRRSET\n")
DELV_ALIAS_DENIED = (";; resolution failed: ncache nxrrset\n; fully validated\nwww.example.\t300\tIN\tCNAME\tx.example.\n"
                     "; x.example.\t300\tIN\t\\-A\t;-$NXRRSET\n")
DELV_BROKEN = ";; validating www.example/A: no valid signature found\n;; resolution failed: broken trust chain\n"
DELV_HUNG = ";; shut down hung fetch while resolving 'www.example/A'\n;; resolution failed: operation canceled\n"


def _case(ours, delv, unbound):
    return SimpleNamespace(windlass=ours, delv=delv, unbound=unbound)


def _always(who):
    every = (SECURE, INSECURE, BOGUS, FAILED)
    return Class(who, "any", every, every, lambda _: True, "RFC")


class Reading(unittest.TestCase):
    def test_delv(self):
        rows = ((DELV_SECURE, SECURE, "NOERROR", 1), (DELV_UNSIGNED, INSECURE, "NOERROR", 1), (DELV_DENIED, SECURE, "NXDOMAIN", 0))
        for text, verdict, rcode, records in rows:
            opinion, end = read_delv(text, WWW, "A")
            self.assertEqual((opinion.verdict, opinion.rcode, len(opinion.answer), end), (verdict, rcode, records, None))

    def test_delv_denial_at_the_end_of_an_alias(self):
        opinion, end = read_delv(DELV_ALIAS_DENIED, WWW, "A")
        self.assertEqual((opinion.verdict, end), (SECURE, dns.name.from_text("x.example.")))

    def test_delv_refuses_negative(self):
        for text in (DELV_BROKEN, DELV_PENDING):
            self.assertEqual(read_delv(text, WWW, "A")[0].verdict, BOGUS)
        self.assertEqual(read_delv(DELV_HUNG, WWW, "A")[0].verdict, FAILED)
        self.assertEqual(read_delv("delv got no answer", WWW, "A")[0].verdict, FAILED)

    def test_unbound(self):
        rows = (("www.example. has address 192.0.2.1 (secure)\n", "A", SECURE, "NOERROR", 1),
                ("www.example. has no TXT record (insecure)\n", "TXT", INSECURE, "NOERROR", 0),
                ("Host www.example. not found: 3(NXDOMAIN). (secure)\n", "A", SECURE, "NXDOMAIN", 0))
        for text, rrtype, verdict, rcode, records in rows:
            opinion = read_unbound(text, rrtype)
            self.assertEqual((opinion.verdict, opinion.rcode, len(opinion.answer)), (verdict, rcode, records))

    def test_unbound_refuses_negative(self):
        self.assertEqual(read_unbound("www.example. has address 192.0.2.1 (BOGUS (security failure))\nwhy\n", "A").verdict, BOGUS)
        servfail = read_unbound("Host www.example. not found: 2(SERVFAIL). (error)\n", "A")
        self.assertEqual((servfail.verdict, servfail.rcode), (FAILED, "SERVFAIL"))
        self.assertEqual(read_unbound("", "A").verdict, FAILED)

    def test_records_are_compared_whoever_printed_them(self):
        ours = dns.rdataset.from_text("IN", "MX", 300, "10 Mail.Example.")[0].to_digestable().hex()
        self.assertEqual(read_unbound("x. mail is handled by 10 mail.example. (secure)\n", "MX").answer, {ours})
        self.assertEqual(read_delv("; fully validated\nx. 300 IN MX 10 MAIL.example.\n", WWW, "MX")[0].answer, {ours})


def _zone(*records):
    made = contents.Contents()
    for owner, rrtype in records:
        made.add(dns.name.from_text(owner), rrtype, "x")
    return made


class Deducing(unittest.TestCase):
    """What the contents of a zone deny."""
    made = _zone(("example.", "SOA"), ("a.example.", "A"), ("b.ent.example.", "A"), ("c.example.", "CNAME"),
                 ("*.wild.example.", "TXT"), ("x.*.deep.example.", "A"))

    def denial(self, name, rrtype):
        return deduced.denial_in(self.made, dns.name.from_text(name), rrtype)

    def test_denied(self):
        rows = (("no.example.", "A", "NXDOMAIN"), ("x.a.example.", "A", "NXDOMAIN"), ("a.example.", "TXT", "NOERROR"),
                ("ent.example.", "A", "NOERROR"), ("any.wild.example.", "A", "NOERROR"), ("any.deep.example.", "A", "NOERROR"))
        for name, rrtype, rcode in rows:
            self.assertEqual(self.denial(name, rrtype), rcode, f"{name} {rrtype}")

    def test_data_negative(self):
        for name, rrtype in (("a.example.", "A"), ("a.example.", "ANY"), ("any.wild.example.", "TXT"), ("c.example.", "A")):
            self.assertIsNone(self.denial(name, rrtype), f"{name} {rrtype}")

    def test_afresh(self):
        case = Case(None, WWW, "A", Opinion(SECURE, "NXDOMAIN", frozenset()), None, None)
        alone = deduced.afresh(case, "result  SERVFAIL, bogus, 5 queries, 58.0 ms\n        EDE 12 (NSEC Missing): no\n")
        self.assertEqual((alone.windlass.verdict, alone.windlass.rcode, alone.windlass.why), (BOGUS, "SERVFAIL", "EDE 12"))
        self.assertIsNone(deduced.afresh(case, "no such command"))


class Comparing(unittest.TestCase):
    yes = Opinion(SECURE, "NOERROR", frozenset({"01"}))

    def test_same(self):
        self.assertTrue(same(self.yes, Opinion(SECURE, "NOERROR", frozenset({"01"}))))
        self.assertTrue(same(Opinion(BOGUS, "SERVFAIL"), Opinion(BOGUS)))
        self.assertTrue(same(Opinion(BOGUS, "SERVFAIL"), Opinion(FAILED, "SERVFAIL")))

    def test_same_negative(self):
        for other in (Opinion(INSECURE, "NOERROR", frozenset({"01"})), Opinion(SECURE, "NXDOMAIN", frozenset({"01"})),
                      Opinion(SECURE, "NOERROR", frozenset({"02"})), Opinion(BOGUS), Opinion(FAILED, "SERVFAIL"), Opinion(FAILED)):
            self.assertFalse(same(self.yes, other), other)
        self.assertFalse(same(Opinion(BOGUS, "SERVFAIL"), Opinion(FAILED)))

    def test_outcomes(self):
        no, explains = Opinion(BOGUS), _always("delv")
        self.assertEqual(judge(_case(self.yes, self.yes, self.yes), ()), (AGREED, []))
        self.assertEqual(judge(_case(self.yes, no, self.yes), (explains,)), (KNOWN, [explains]))
        self.assertEqual(judge(_case(self.yes, no, self.yes), ())[0], UNKNOWN)
        self.assertEqual(judge(_case(self.yes, self.yes, no), (explains,))[0], UNKNOWN)

    def test_both_against_is_never_explained_negative(self):
        always = [_always(who) for who in ("delv", "unbound")]
        self.assertEqual(judge(_case(self.yes, Opinion(BOGUS), Opinion(BOGUS)), always)[0], AGAINST)

    def test_classes_have_reasons(self):
        self.assertEqual(len({(each.name, each.who) for each in CLASSES}), len(CLASSES))
        for each in CLASSES:
            self.assertIn(each.who, ("delv", "unbound"))
            self.assertIn("RFC", each.reason, each.name)


class Making(unittest.TestCase):
    def test_the_same_seed_is_the_same_plan(self):
        first, again, other = ([zone.describe() for zone in plan.make(seed, build.tables()).zones] for seed in (5, 5, 6))
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)

    def test_keys_from_a_seed(self):
        zone = dns.name.from_text("example.")
        for algorithm in (13, 14, 15, 16):
            one, again = (keys.make_key(zone, algorithm, True, random.Random(3)) for _ in range(2))
            self.assertEqual(one.dnskey, again.dnskey)
            self._validates(zone, one)

    def _validates(self, zone, key):
        """dnspython accepts what sign() made, and nothing else."""
        now, data = int(time.time()), dns.rdataset.from_text("IN", "MX", 300, "10 Mail.Example.")
        rrsig = keys.sign(WWW, data, key, (now - 60, now + 60))
        trusted = {zone: dns.rdataset.from_rdata(300, key.dnskey)}
        dns.dnssec.validate_rrsig((WWW, data), rrsig, trusted)
        with self.assertRaises(dns.dnssec.ValidationFailure):
            dns.dnssec.validate_rrsig((WWW, dns.rdataset.from_text("IN", "MX", 300, "11 Mail.Example.")), rrsig, trusted)


if __name__ == "__main__":
    unittest.main()
