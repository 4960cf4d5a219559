"""What is asked about a zone: names that are there, that are not, that a wildcard makes, that lie between; and its cuts."""
import dns.name

from .contents import below

TYPES = ("A", "A", "A", "TXT", "AAAA", "MX", "SOA", "NS", "DS", "ANY", "HINFO", "TYPE65280", "CNAME", "DNSKEY", "NSEC", "SRV")
PER_ZONE = 16


def _types_at(made, name):
    return sorted({rrtype for owner, rrtype, _ in made.records if owner == name})


def _here(zone, made, name, rng):
    """A type that is there, and one that is not."""
    there = _types_at(made, name) or ["A"]
    yield name, rng.choice(there)
    yield name, rng.choice([each for each in TYPES if each not in there])


def _touched(zone, made, touched, rng):
    """What a defect changed, and what lies around it."""
    for name in touched:
        yield from ((name, rrtype) for rrtype in _types_at(made, name)[:3])
        yield name, "LOC"
        yield below(name, "a"), "A"
        if name != zone.name and name.labels[0][:1].isalnum():
            yield below(name.parent(), name.labels[0].decode()[:1] + "q"), "A"


def _apex(zone, made, _, rng):
    yield zone.name, rng.choice(("SOA", "NS", "DNSKEY", "DS", "ANY"))
    yield zone.name, rng.choice(("LOC", "A", "NSEC3PARAM", "DS", "CNAME"))
    yield below(zone.name, "ns", "srv"), "A"


def _missing(zone, made, _, rng):
    parents = [zone.name, *made.plain, *made.empty_non_terminals(zone.name)]
    for _ in range(3):
        yield below(rng.choice(parents), rng.choice(("q", "0", "zzz", r"\000", "c", "zz-"))), rng.choice(TYPES)
    yield below(rng.choice(parents), "q", "r", "s"), "A"


def _there(zone, made, _, rng):
    for name in rng.sample(made.plain, min(3, len(made.plain))):
        yield from _here(zone, made, name, rng)


def _between(zone, made, _, rng):
    for name in made.empty_non_terminals(zone.name)[:2]:
        yield name, rng.choice(TYPES)


def _wild(zone, made, _, rng):
    for wildcard in made.wildcards:
        there = _types_at(made, wildcard) or ["A"]
        yield below(wildcard.parent(), "w" + str(rng.randrange(9))), rng.choice(there)
        yield below(wildcard.parent(), "w", "x"), rng.choice([*there, "LOC"])
        yield below(wildcard.parent(), "z"), rng.choice(TYPES)
        yield wildcard, rng.choice([*there, "LOC"])


def _alias(zone, made, _, rng):
    for name in made.aliases:
        yield name, rng.choice(("A", "TXT", "CNAME", "LOC"))
    for name in made.dnames:
        yield below(name, "www"), "A"
        yield below(name, rng.choice(("a", "q", "ns")), "srv"), "A"
        yield name, rng.choice(("DNAME", "A", "CNAME"))


def _cuts(zone, made, _, rng):
    for name in made.cuts:
        yield name, "DS"
    for name in rng.sample(made.cuts, min(1, len(made.cuts))):
        yield below(name, "q"), "DS"


GROUPS = (_touched, _apex, _missing, _there, _between, _wild, _alias, _cuts)


def of_zone(zone, made, touched):
    """At most PER_ZONE of a zone, from each group in turn: [(name, type)], the same for the same seed."""
    rng = zone.rng("questions")
    groups = [list(group(zone, made, touched, rng)) for group in GROUPS]
    chosen = []
    while any(groups) and len(chosen) < PER_ZONE:
        for group in groups:
            if group:
                question = group.pop(0)
                if question not in chosen:
                    chosen.append(question)
    return chosen[:PER_ZONE]


def of_build(build):
    """[(zone, name, type)] of a whole build, zones mixed, so that what is kept from one answer meets the next."""
    asked = [(zone, name, rrtype) for zone in build.plan.zones
             for name, rrtype in of_zone(zone, build.contents[zone.name], build.touched[zone.name])]
    build.plan.zones[0].rng("order").shuffle(asked)
    return [row for row in asked if _fits(row[1])]


def _fits(name):
    """unbound-host takes names as people write them."""
    try:
        return dns.name.from_text(str(name)) == name
    except dns.exception.DNSException:
        return False
