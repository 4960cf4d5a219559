"""AD, CD, DO, RD and the letter case of questions, as clients set them."""
from .suite import Suite, check, equal

suite = Suite("flags")
SIGNED, BOGUS, UNSIGNED = "www.p256.example.", "www.expired.example.", "www.unsigned.example."


def has_signatures(reply):
    return any(record.type in ("RRSIG", "NSEC", "NSEC3") for record in reply.answer + reply.authority)


#      title                                     name      how it is asked                               rcode      AD    signatures
ROWS = (
    ("DO: signatures and AD",                    SIGNED,   {"do": True},                                 "NOERROR", True, True),
    ("AD without DO: AD, no signatures",         SIGNED,   {"do": False, "ad": True},                    "NOERROR", True, False),
    ("neither: no AD, no signatures",            SIGNED,   {"do": False},                                "NOERROR", False, False),
    ("no EDNS: no AD, no signatures",            SIGNED,   {"edns": None},                               "NOERROR", False, False),
    ("no EDNS, AD: AD",                          SIGNED,   {"edns": None, "ad": True},                   "NOERROR", True, False),
    ("CD on bogus data: the data, no AD",        BOGUS,    {"cd": True},                                 "NOERROR", False, True),
    ("no CD afterwards: SERVFAIL",               BOGUS,    {},                                           "SERVFAIL", False, False),
    ("CD afterwards: the data again",            BOGUS,    {"cd": True},                                 "NOERROR", False, True),
    ("unsigned: no AD with DO",                  UNSIGNED, {"do": True, "ad": True},                     "NOERROR", False, False),
    ("denial without DO holds no proofs",        "no.p256.example.", {"do": False},                      "NXDOMAIN", False, False),
    ("denial with DO holds them",                "no.p384.example.", {"do": True},                       "NXDOMAIN", True, True),
)


def ask_with(lab, row):
    _, name, how, rcode, ad, signatures = row
    reply = lab.shared.ask(name, **how)
    equal((reply.rcode, reply.ad), (rcode, ad), "rcode and AD")
    equal(has_signatures(reply), signatures, "signatures in the answer")


suite.table(ROWS, ask_with, title=lambda row: row[0])


@suite.test("RD=0 is refused")
def _no_recursion(lab):
    reply = lab.shared.ask(SIGNED, rd=False)
    equal((reply.rcode, len(reply.answer), reply.ede_codes), ("REFUSED", 0, [20]), "rcode, answers and EDE")


@suite.test("RD=0 is answered to who may snoop")
def _snooping(lab):
    with lab.fresh(access={"allow": ["127.0.0.0/8"], "snoop": ["127.0.0.0/8"]}) as windlass:
        windlass.ask(SIGNED)
        reply = windlass.ask(SIGNED, rd=False)
        equal(reply.rcode, "NOERROR", "cached name")
        check(reply.answer, "no answer from the cache")


@suite.test("who is not allowed is refused")
def _not_allowed(lab):
    with lab.fresh(access={"allow": ["192.0.2.0/24"]}) as windlass:
        reply = windlass.ask(SIGNED)
        equal((reply.rcode, reply.ede_codes), ("REFUSED", [18]), "rcode and EDE")
        check(windlass.metric("queries_dropped_total", 'reason="acl"') >= 1, "not counted")


@suite.test("the question comes back in the client's letter case")
def _letter_case(lab):
    for name in ("wWw.P256.eXaMpLe.", "www.p256.example.", "WWW.P256.EXAMPLE."):
        reply = lab.shared.ask(name)
        equal(reply.question, (name, "A"), "question")
        equal(reply.rcode, "NOERROR", "rcode")


@suite.test("a SERVFAIL names its reason for clients without DO too")
def _ede_without_do(lab):
    reply = lab.shared.ask(BOGUS, do=False)
    equal((reply.rcode, reply.ede_codes), ("SERVFAIL", [7]), "rcode and EDE")
