"""What stands in a zone: random records with wildcards, empty non-terminals, aliases and cuts, and where they are."""
from dataclasses import dataclass, field

import dns.name

from .plan import LABELS

TTL = 3600
WILD = b"*"
DATA = (("A", "192.0.2.{n}"), ("A", "192.0.2.{n}"), ("AAAA", "2001:db8::{n}"), ("TXT", '"text {n}"'), ("MX", "{n} Mail.Example."),
        ("SRV", "0 {n} 53 Srv.Example."), ("CAA", '0 issue "ca.example"'), ("TYPE65280", r"\# 3 0102{n:02x}"),
        ("NAPTR", '10 {n} "s" "X" "" Naptr.Example.'), ("PTR", "Ptr{n}.Example."), ("TLSA", "3 1 1 {n:064x}"),
        ("HINFO", '"cpu {n}" "os"'), ("RP", "Box.Example. Txt.Example."), ("TYPE1234", r"\# 1 {n:02x}"))


@dataclass
class Contents:
    """records: (owner, type, rdata in presentation form). The rest are names by what they are, for questions and defects."""
    records: list = field(default_factory=list)
    plain: list = field(default_factory=list)
    wildcards: list = field(default_factory=list)
    aliases: list = field(default_factory=list)
    dnames: list = field(default_factory=list)
    cuts: list = field(default_factory=list)         # delegations, to zones of the plan and to nobody

    def add(self, owner, rrtype, rdata):
        self.records.append((owner, rrtype, rdata))

    def owners(self):
        return {owner for owner, _, _ in self.records}

    def empty_non_terminals(self, apex):
        owners, found = self.owners(), set()
        for owner in owners:
            while len(owner) > len(apex) + 1:
                owner = owner.parent()
                if owner not in owners:
                    found.add(owner)
        return sorted(found)

    def occluded(self, name):
        """At or below something that nothing may stand below, or at an alias."""
        return (any(name.is_subdomain(cut) for cut in self.cuts + self.dnames) or name in self.aliases)

    def has_below(self, name):
        return any(owner != name and owner.is_subdomain(name) for owner in self.owners())


def below(name, *labels):
    return dns.name.Name(tuple(dns.name.from_text(label, None).labels[0] for label in labels) + name.labels)


def server_name(zone):
    return below(zone.name, "ns", "root" if zone.parent is None else "srv")


def _random_name(apex, rng):
    return below(apex, *(rng.choice(LABELS) for _ in range(rng.choice((1, 1, 1, 2, 2, 3)))))


def _data(contents, owner, rng, most=2):
    for rrtype, pattern in {row[0]: row for row in rng.sample(DATA, rng.randint(1, most))}.values():
        for n in rng.sample(range(1, 250), rng.choice((1, 1, 2)) if "{n" in pattern else 1):
            contents.add(owner, rrtype, pattern.format(n=n))


def _plain(contents, zone, rng):
    for _ in range(rng.randint(3, 8)):
        owner = _random_name(zone.name, rng)
        if not contents.occluded(owner) and owner not in contents.plain:
            contents.plain.append(owner)
            _data(contents, owner, rng)


def _wildcards(contents, zone, rng):
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        parent = rng.choice([zone.name, zone.name, *contents.plain, _random_name(zone.name, rng)])
        owner = below(parent, "*")
        if contents.occluded(owner) or owner in contents.wildcards:
            continue
        contents.wildcards.append(owner)
        if rng.random() < 0.2:
            contents.add(owner, "CNAME", str(rng.choice(contents.plain + [zone.name])))
            contents.aliases.append(owner)
        elif rng.random() < 0.15:
            _data(contents, below(owner, "sub"), rng)        # the wildcard itself is an empty non-terminal
        else:
            _data(contents, owner, rng)


def _targets(contents, zone, plan, rng):
    """Where an alias may lead: here, to a wildcard's name, to nothing, to another zone."""
    other = rng.choice(plan.zones)
    choices = [*contents.plain, below(zone.name, "none"), below(other.name, "www"), below(other.name, "a"), other.name]
    if contents.wildcards:
        choices.append(below(rng.choice(contents.wildcards).parent(), "w", "x"))
    return choices


def _aliases(contents, zone, plan, rng):
    for _ in range(rng.choice((0, 1, 2))):
        owner = below(zone.name, "alias" + rng.choice("12"))
        if owner not in contents.owners():
            contents.add(owner, "CNAME", str(rng.choice(_targets(contents, zone, plan, rng))))
            contents.aliases.append(owner)
    if rng.random() < 0.35:
        owner = below(zone.name, "tree")
        contents.add(owner, "DNAME", str(rng.choice([zone.name, *(other.name for other in plan.zones[1:])])))
        contents.dnames.append(owner)


def _phantoms(contents, zone, rng):
    """Delegations that lead nowhere: asked only for their DS."""
    for kind in ("unvouched", "vouched"):
        owner = below(zone.name, kind)
        if zone.signed and rng.random() < 0.4:
            contents.add(owner, "NS", "ns.nowhere.invalid.")
            contents.cuts.append(owner)
            if kind == "vouched":
                contents.add(owner, "DS", f"{rng.randrange(65536)} 13 2 {rng.randbytes(32).hex()}")


def make(zone, plan, address_of, ds_of):
    """The unsigned contents of a zone. address_of(zone): where it is served; ds_of(zone): its DS rdata."""
    contents, rng = Contents(), zone.rng("contents")
    contents.add(zone.name, "SOA", f"{server_name(zone)} hostmaster.{'' if len(zone.name) == 1 else zone.name} 1 3600 600 864000 "
                                   f"{rng.choice((60, 300, 3600, 7200))}".replace("..", "."))
    for at in (zone, *zone.children):
        contents.add(at.name, "NS", str(server_name(at)))
        contents.add(server_name(at), "A", address_of(at))
        if at is not zone:
            contents.cuts.append(at.name)
            for rdata in ds_of(at):
                contents.add(at.name, "DS", rdata)
    if rng.random() < 0.6:
        _data(contents, zone.name, rng)
    _phantoms(contents, zone, rng)
    _plain(contents, zone, rng)
    _wildcards(contents, zone, rng)
    _aliases(contents, zone, plan, rng)
    return contents


def text(contents):
    return "".join(f"{owner} {TTL} IN {rrtype} {rdata}\n" for owner, rrtype, rdata in contents.records)
