"""What may be wrong with NSEC and NSEC3 chains: one function a defect."""
import dns.dnssec
import dns.name
import dns.rdatatype as rdt

from .workshop import Unfit, defect, rdata_of


def with_types(rdata, add=(), remove=()):
    """NSEC or NSEC3 rdata with types added to and taken from its bitmap."""
    words, before = rdata.to_text().split(), 1 if rdata.rdtype == rdt.NSEC else 5
    types = [word for word in words[before:] if word not in remove]
    types += [word for word in add if word not in types]
    return rdata_of(rdt.to_text(rdata.rdtype), " ".join(words[:before] + types))


def _chosen(shop):
    return shop.pick((rdt.NSEC, rdt.NSEC3))


def _hashed(shop):
    if shop.zone.denial != "nsec3":
        raise Unfit
    return shop.pick((rdt.NSEC3,))


def _plain(shop):
    if shop.zone.denial != "nsec":
        raise Unfit
    return shop.pick((rdt.NSEC,))


def _nsec_at_or_hash(shop, name):
    """Where the proof record of a name stands."""
    if shop.zone.denial == "nsec":
        return name, rdt.NSEC
    some = next(iter(shop.get(shop.all(rdt.NSEC3)[0], rdt.NSEC3)))
    label = dns.dnssec.nsec3_hash(name, some.salt, some.iterations, some.algorithm)
    return dns.name.Name((label.lower().encode(),) + shop.apex.labels), rdt.NSEC3


def _find(shop, name):
    """The proof record of a name as the zone writes it."""
    wanted, rrtype = _nsec_at_or_hash(shop, name)
    shop.get(wanted, rrtype)
    shop.touched.append(name)
    return wanted, rrtype


@defect("denial", "one proof lost")
def _one_lost(shop):
    name, rrtype = _chosen(shop)
    shop.drop(name, rrtype)
    shop.drop(name, rdt.RRSIG, rrtype)


@defect("denial", "all proofs lost")
def _all_lost(shop):
    _, rrtype = _chosen(shop)
    for each in (rrtype, rdt.NSEC3PARAM):              # knotd falls over NSEC3PARAM without NSEC3
        for name in shop.all(each) if each == rrtype or shop.zone.denial == "nsec3" else ():
            shop.drop(name, each)
            shop.drop(name, rdt.RRSIG, each)


@defect("denial", "next name out of zone")
def _next_outside(shop):
    name, _ = _plain(shop)
    outside = dns.name.from_text(shop.rng.choice(("zzzz.", "0.", "example.")))
    shop.alter(name, rdt.NSEC, lambda rdata: rdata.replace(next=outside))


@defect("denial", "next is the owner")
def _next_is_owner(shop):
    name, _ = _plain(shop)
    shop.alter(name, rdt.NSEC, lambda rdata: rdata.replace(next=name))


@defect("denial", "next is the apex")
def _next_is_apex(shop):
    name, _ = _plain(shop)
    shop.alter(name, rdt.NSEC, lambda rdata: rdata.replace(next=shop.apex))


@defect("denial", "next in capitals")
def _next_in_capitals(shop):
    for name in shop.all(rdt.NSEC):
        shop.alter(name, rdt.NSEC, lambda rdata: rdata.replace(next=dns.name.Name(label.upper() for label in rdata.next.labels)))


@defect("denial", "span too short")
def _span_short(shop):
    """The next name is the one right after the owner: what lay between is no longer denied."""
    name, _ = _plain(shop)
    shop.alter(name, rdt.NSEC, lambda rdata: rdata.replace(next=dns.name.Name((b"\0",) + name.labels)))


def _types(title, *, at_cuts=False, every=False, **changes):
    """Types added to or taken from the bitmap of a name, as the zone's own signature has it."""
    @defect("denial", title)
    def change(shop):
        owners = shop.contents.cuts if at_cuts else [shop.apex, *shop.contents.plain, *shop.contents.wildcards]
        owners = sorted({name for name in owners if _there(shop, name)})
        if not owners:
            raise Unfit
        for owner in owners if every else [shop.rng.choice(owners)]:
            name, rrtype = _find(shop, owner)
            shop.alter(name, rrtype, lambda rdata: with_types(rdata, **changes))


def _there(shop, name):
    where, rrtype = _nsec_at_or_hash(shop, name)
    return (where, rrtype, 0) in shop.rrsets


_types("bitmap denies A", remove=("A",), every=True)
_types("bitmap claims LOC", add=("LOC", "AAAA"))
_types("bitmap claims CNAME", add=("CNAME",))
_types("bitmap claims DNAME", add=("DNAME",))
_types("bitmap claims NS", add=("NS",))
_types("bitmap claims NXNAME", add=("TYPE128",))
_types("bitmap without itself", remove=("NSEC", "RRSIG"), every=True)
_types("cut without NS", at_cuts=True, remove=("NS",))
_types("cut claims DS", at_cuts=True, add=("DS",))
_types("cut denies DS", at_cuts=True, remove=("DS",))
_types("cut claims SOA", at_cuts=True, add=("SOA",))
_types("cut claims DNAME", at_cuts=True, add=("DNAME",))


def _parameters(title, every, **changes):
    @defect("denial", title)
    def change(shop):
        name, _ = _hashed(shop)
        for each in shop.all(rdt.NSEC3) if every else [name]:
            shop.alter(each, rdt.NSEC3, lambda rdata: rdata.replace(**changes))


_parameters("hash algorithm unknown", True, algorithm=2)
_parameters("one hash algorithm unknown", False, algorithm=2)
_parameters("flags unknown", True, flags=2)
_parameters("one flags unknown", False, flags=0x81)
_parameters("all opted out", True, flags=1)
_parameters("none opted out", True, flags=0)
_parameters("iterations of another", False, iterations=3)
_parameters("salt of another", False, salt=b"\xaa")
_parameters("next hash short", False, next=b"\x55" * 19)
_parameters("next hash zero", False, next=b"\0" * 20)


@defect("denial", "hash below a child")
def _hash_below(shop):
    """An NSEC3 one label too deep."""
    name, _ = _hashed(shop)
    deep = dns.name.Name((name.labels[0], b"sub") + name.labels[1:])
    shop.put(deep, rdt.NSEC3, list(shop.get(name, rdt.NSEC3)))
    shop.sign(deep, rdt.NSEC3)
    shop.drop(name, rdt.NSEC3)
    shop.drop(name, rdt.RRSIG, rdt.NSEC3)


@defect("denial", "proof as from a wildcard")
def _proof_expanded(shop):
    """A proof record whose RRSIG counts a label less, rightly signed."""
    name, rrtype = _chosen(shop)
    if len(name) <= len(shop.apex):
        raise Unfit
    shop.sign(name, rrtype, labels=len(shop.apex) - 1)
