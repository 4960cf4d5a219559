"""Workshop: a signed zone on the bench, with the tools a defect needs: pick, change, sign again by hand."""
import dns.name
import dns.rdata
import dns.rdataset
import dns.rdatatype as rdt

from . import keys as keymaking

TABLE = {}                                  # {kind: {title: function(workshop)}}
NOT_DATA = (rdt.RRSIG, rdt.NSEC, rdt.NSEC3, rdt.NSEC3PARAM, rdt.DNSKEY, rdt.SOA, rdt.NS, rdt.DS)


class Unfit(Exception):
    """The defect has nothing to bite on in this zone."""


def defect(kind, title):
    """Registers a defect of a zone file, done after signing."""
    def keep(function):
        TABLE.setdefault(kind, {})[title] = function
        return function
    return keep


def names():
    return {kind: list(rows) for kind, rows in TABLE.items()}


class Workshop:
    def __init__(self, zone, rrsets, keys, times, contents):
        self.zone, self.rrsets, self.keys, self.times, self.contents = zone, rrsets, keys, times, contents
        self.rng = None
        self.touched = []                   # names whose answers changed: they are asked about

    def apply(self, title):
        """Does one defect; false when it has nothing to bite on. Titles of other tables are left to them."""
        function = next((rows[title] for rows in TABLE.values() if title in rows), None)
        if function is None:
            return True
        self.rng = self.zone.rng(title)
        try:
            function(self)
            return True
        except Unfit:
            return False

    # ---- picking ------------------------------------------------------------------------------------------------

    def get(self, name, rrtype):
        found = self.rrsets.get((name, rrtype, 0))
        if found is None:
            raise Unfit
        return found

    def pick(self, wanted=None):
        """A signed RRset, by chance: (name, type). wanted: types; None: plain data."""
        choices = [(name, covered) for name, rrtype, covered in self.rrsets if rrtype == rdt.RRSIG
                   and (covered in wanted if wanted else covered not in NOT_DATA) and (name, covered, 0) in self.rrsets]
        if not choices:
            raise Unfit
        name, rrtype = self.rng.choice(sorted(choices))
        self.touched.append(name)
        return name, rrtype

    def all(self, rrtype):
        found = [name for name, each, _ in self.rrsets if each == rrtype]
        if not found:
            raise Unfit
        return found

    @property
    def denial(self):
        """NSEC or NSEC3, whichever the zone has."""
        return rdt.NSEC3 if self.zone.denial == "nsec3" else rdt.NSEC

    @property
    def apex(self):
        return self.zone.name

    def signing_keys(self, rrtype):
        """Those that sign such an RRset, one an algorithm."""
        role = [key for key in self.keys if key.sep == (rrtype == rdt.DNSKEY or not self.zone.split)]
        return list({key.algorithm: key for key in reversed(role)}.values())

    # ---- changing -----------------------------------------------------------------------------------------------

    def put(self, name, rrtype, rdatas, covered=0, ttl=None):
        ttl = ttl or self.rrsets.get((name, rrtype, covered), self.get(self.apex, rdt.SOA)).ttl
        fresh = dns.rdataset.Rdataset(1, rrtype, covered, ttl)
        for rdata in rdatas:
            fresh.add(rdata)
        self.rrsets[(name, rrtype, covered)] = fresh
        return fresh

    def drop(self, name, rrtype, covered=0):
        self.rrsets.pop((name, rrtype, covered), None)

    def signatures(self, name, rrtype):
        found = self.rrsets.get((name, rdt.RRSIG, rrtype))
        if not found:
            raise Unfit
        return list(found)

    def alter_signatures(self, name, rrtype, change):
        """Each RRSIG of an RRset becomes change(rrsig), by its fields alone."""
        self.put(name, rdt.RRSIG, [change(rrsig) for rrsig in self.signatures(name, rrtype)], rrtype)

    def made_by_hand(self, name, rrtype, keys=None, **changes):
        return [keymaking.sign(name, self.get(name, rrtype), key, self.times, **changes)
                for key in keys or self.signing_keys(rrtype)]

    def sign(self, name, rrtype, keys=None, **changes):
        """New RRSIGs by hand in place of the old; see keys.sign for what may be changed."""
        self.put(name, rdt.RRSIG, self.made_by_hand(name, rrtype, keys, **changes), rrtype, self.get(name, rrtype).ttl)

    def add_signatures(self, name, rrtype, more):
        self.put(name, rdt.RRSIG, [*more, *self.signatures(name, rrtype)], rrtype)

    def alter(self, name, rrtype, change):
        """Each rdata of an RRset becomes change(rdata), and it is signed again."""
        self.put(name, rrtype, [change(rdata) for rdata in self.get(name, rrtype)])
        self.sign(name, rrtype)

    def alter_keys(self, change):
        """The DNSKEY RRset becomes change(its Keys), and is signed by those of them that are entry points."""
        changed = change(list(self.keys))
        known = {key.dnskey for key in self.keys}
        others = [rdata for rdata in self.get(self.apex, rdt.DNSKEY) if rdata not in known]
        self.put(self.apex, rdt.DNSKEY, [key.dnskey for key in changed] + others)
        entries = [key for key in changed if key.private is not None and (key.sep or not self.zone.split)]
        self.sign(self.apex, rdt.DNSKEY, entries)
        self.touched.append(self.apex)


def flipped(octets, rng):
    at = rng.randrange(len(octets))
    return octets[:at] + bytes([octets[at] ^ 1 << rng.randrange(8)]) + octets[at + 1:]


def rdata_of(rrtype, text):
    return dns.rdata.from_text("IN", rrtype, text, relativize=False)
