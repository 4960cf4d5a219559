"""What Windlass makes of proven NSEC and NSEC3 records for names nobody asked for (RFC 8198), of signed zones on
knotd, as delv judges it: it asks Windlass, believes nothing, and validates each proof itself."""
from .clients import delv
from .suite import Suite, check, equal

suite = Suite("deductions")

# Zone, and how often other names are asked until its gaps are known.
ZONES = (("p384.example.", 150), ("p256.hashed.", 150), ("p256.example.", 60))
ASKED = 30


def names_of(zone, kind, count):
    """Names that are not in the zone, at its top and below a name that is not there: in one gap of NSEC whatever kind
    says, since no name of the zone sorts behind x."""
    return [f"x-{kind}{i}{'.deep.er' if i % 5 == 4 else ''}.{zone}" for i in range(count)]


def asked_upstream(windlass, ask):
    before = windlass.metric("upstream_queries_total")
    ask()
    return windlass.metric("upstream_queries_total") - before


def once_known(lab, zone, warm):
    with lab.fresh() as windlass:
        for name in names_of(zone, "warm", warm):
            equal(windlass.ask(name).rcode, "NXDOMAIN", name)
        equal(windlass.ask(f"www.{zone}", "TXT").rcode, "NOERROR", "www TXT")
        for name in names_of(f"wild.{zone}", "warm", warm):
            equal(windlass.ask(name, "TXT").rcode, "NOERROR", name)

        def replies():
            for name in names_of(zone, "other", ASKED):
                reply = windlass.ask(name)
                equal((reply.rcode, reply.ad), ("NXDOMAIN", True), name)
            for name in names_of(f"wild.{zone}", "other", ASKED):
                reply = windlass.ask(name, "TXT")
                equal((reply.rcode, reply.ad), ("NOERROR", True), name)
                check(any(record.type == "TXT" for record in reply.answer), f"{name}: no TXT")
            reply = windlass.ask(f"www.{zone}", "HINFO")
            equal((reply.rcode, reply.ad), ("NOERROR", True), "www HINFO")

        equal(asked_upstream(windlass, replies), 0, "questions for what is known")
        check(windlass.metric("response_source_total", "aggressive_nsec") >= 2 * ASKED, "they are counted elsewhere")
        for name in names_of(zone, "judged", 6) + names_of(f"wild.{zone}", "judged", 6):
            equal(delv(name, "TXT", "127.0.0.1", windlass.port, lab.net.anchor_delv), "secure", f"delv on {name}")
        equal(delv(f"www.{zone}", "LOC", "127.0.0.1", windlass.port, lab.net.anchor_delv), "secure", "delv on www LOC")


suite.table(ZONES, lambda lab, row: once_known(lab, *row),
            title=lambda row: f"{row[0]}: known gaps and wildcards are not asked for, and delv finds the proofs good")


@suite.test("optout.: a span that opted out denies nothing")
def _opted_out(lab):
    with lab.fresh() as windlass:
        for name in names_of("optout.", "warm", 40):
            equal(windlass.ask(name).rcode, "NXDOMAIN", name)

        def replies():
            for name in names_of("optout.", "other", 10):
                equal(windlass.ask(name).rcode, "NXDOMAIN", name)

        check(asked_upstream(windlass, replies) >= 8, "names of a zone that opted out are not asked for")


@suite.test("off: each name is asked for")
def _off(lab):
    with lab.fresh(recursion={"aggressive_nsec": False}) as windlass:
        windlass.ask("warm.p256.example.")

        def replies():
            for name in names_of("p256.example.", "other", 10):
                equal(windlass.ask(name).rcode, "NXDOMAIN", name)

        check(asked_upstream(windlass, replies) >= 8, "names are denied though the operator wants them asked for")
