"""What may be wrong with signatures and keys of a zone: one function a defect. Some leave it sound, in unusual ways."""
import dns.name
import dns.rdatatype as rdt

from ..internet.signing import DAY
from . import keys as keymaking
from .workshop import Unfit, defect, flipped, rdata_of

UNKNOWN = 99

# ---- times: "expired zone" and "early zone" are the signer's own doing -------------------------------------------


@defect("times", "expired zone")
@defect("times", "early zone")
def _by_the_signer(shop):
    shop.touched.append(shop.apex)


def _dated(title, inception, expiration, wanted=None):
    """Signatures of one RRset with other times, in seconds from the zone's."""
    @defect("times", title)
    def change(shop):
        start, end = shop.times
        shop.sign(*shop.pick(wanted), inception=(start + inception) % 2**32, expiration=(end + expiration) % 2**32)


_dated("expired rrset", -20 * DAY, -15 * DAY)
_dated("early rrset", DAY, DAY)
_dated("expires before inception", DAY // 24, -14 * DAY - DAY // 12)
_dated("inception after expiration, both past", -DAY, -20 * DAY)
_dated("expired keys", -20 * DAY, -15 * DAY, (rdt.DNSKEY,))
_dated("early soa", DAY, DAY, (rdt.SOA,))
_dated("expired proof", -20 * DAY, -15 * DAY, (rdt.NSEC, rdt.NSEC3))
_dated("sixty years", -30 * 365 * DAY, 30 * 365 * DAY)
_dated("serial wrap", -67 * 365 * DAY, -13 * DAY)


@defect("times", "expired beside good")
def _expired_beside(shop):
    name, rrtype = shop.pick()
    start, end = shop.times
    shop.add_signatures(name, rrtype, shop.made_by_hand(name, rrtype, inception=start - 20 * DAY, expiration=end - 15 * DAY))


# ---- RRSIGs that are not there -----------------------------------------------------------------------------------


def _strip(title, wanted, every=False):
    @defect("stripped", title)
    def change(shop):
        chosen = shop.pick(wanted)
        for name in shop.all(chosen[1]) if every else [chosen[0]]:
            shop.drop(name, rdt.RRSIG, chosen[1])


_strip("rrset unsigned", None)
_strip("type unsigned", None, every=True)
_strip("keys unsigned", (rdt.DNSKEY,))
_strip("soa unsigned", (rdt.SOA,))
_strip("ds unsigned", (rdt.DS,))
_strip("proof unsigned", (rdt.NSEC, rdt.NSEC3))
_strip("proofs unsigned", (rdt.NSEC, rdt.NSEC3), every=True)


@defect("stripped", "nothing signed")
def _nothing_signed(shop):
    shop.pick()
    for key in [key for key in shop.rrsets if key[1] == rdt.RRSIG]:
        del shop.rrsets[key]


@defect("stripped", "only keys signed")
def _only_keys_signed(shop):
    shop.pick()
    for key in [key for key in shop.rrsets if key[1] == rdt.RRSIG and key[2] != rdt.DNSKEY]:
        del shop.rrsets[key]


@defect("stripped", "one algorithm unsigned")
def _one_algorithm(shop):
    if len(shop.zone.algorithms) < 2:
        raise Unfit
    gone = shop.rng.choice(shop.zone.algorithms)
    shop.pick()
    for name, rrtype, covered in list(shop.rrsets):
        if rrtype == rdt.RRSIG and covered != rdt.DNSKEY:
            shop.put(name, rdt.RRSIG, [each for each in shop.signatures(name, covered) if each.algorithm != gone], covered)


# ---- bits --------------------------------------------------------------------------------------------------------


def _flip(title, wanted):
    @defect("bits", title)
    def change(shop):
        shop.alter_signatures(*shop.pick(wanted), lambda rrsig: rrsig.replace(signature=flipped(rrsig.signature, shop.rng)))


_flip("signature bit", None)
_flip("keys' signature bit", (rdt.DNSKEY,))
_flip("soa's signature bit", (rdt.SOA,))
_flip("ds's signature bit", (rdt.DS,))
_flip("proof's signature bit", (rdt.NSEC, rdt.NSEC3))


@defect("bits", "signature cut short")
def _cut_short(shop):
    shop.alter_signatures(*shop.pick(), lambda rrsig: rrsig.replace(signature=rrsig.signature[:-1]))


@defect("bits", "bad signature beside good")
def _bad_beside_good(shop):
    name, rrtype = shop.pick()
    bad = [each.replace(signature=flipped(each.signature, shop.rng)) for each in shop.signatures(name, rrtype)]
    shop.add_signatures(name, rrtype, bad)


@defect("bits", "address forged")
def _forged(shop):
    name, _ = shop.pick((rdt.A,))
    shop.put(name, rdt.A, [rdata_of("A", "192.0.2.66")])


@defect("bits", "record added")
def _added(shop):
    name, _ = shop.pick((rdt.A,))
    shop.put(name, rdt.A, [*shop.get(name, rdt.A), rdata_of("A", "192.0.2.66")])


@defect("bits", "record lost")
def _lost(shop):
    several = [(name, rrtype) for (name, rrtype, covered), rdataset in shop.rrsets.items()
               if not covered and len(rdataset) > 1 and rrtype not in (rdt.NS, rdt.DNSKEY)]
    if not several:
        raise Unfit
    name, rrtype = shop.rng.choice(sorted(several))
    shop.put(name, rrtype, list(shop.get(name, rrtype))[1:])
    shop.touched.append(name)


@defect("bits", "key bit")
def _key_bit(shop):
    hit = shop.rng.randrange(len(shop.keys))
    key = shop.keys[hit]
    bad = key.dnskey.replace(key=flipped(key.dnskey.key, shop.rng))
    shop.put(shop.apex, rdt.DNSKEY, [bad if each == key.dnskey else each for each in shop.get(shop.apex, rdt.DNSKEY)])
    shop.touched.append(shop.apex)


# ---- fields of RRSIGs --------------------------------------------------------------------------------------------


def _field(title, wanted=None, by_hand=True, **changes):
    """One field another; by_hand: with a signature that is right for it. A value may be a function(workshop, rrsig)."""
    @defect("fields", title)
    def change(shop):
        name, rrtype = shop.pick(wanted)
        old = shop.signatures(name, rrtype)[0]
        fields = {field: value(shop, old) if callable(value) else value for field, value in changes.items()}
        if by_hand:
            shop.sign(name, rrtype, **fields)
        else:
            shop.alter_signatures(name, rrtype, lambda rrsig: rrsig.replace(**fields))


def _more_labels(shop, rrsig):
    return rrsig.labels + 1


def _fewer_labels(shop, rrsig):
    if rrsig.labels <= len(shop.apex) - 1:
        raise Unfit
    return rrsig.labels - 1


def _labels_above(shop, rrsig):
    if len(shop.apex) < 2:
        raise Unfit
    return len(shop.apex) - 2


def _parent(shop, rrsig):
    if len(shop.apex) < 2:
        raise Unfit
    return shop.apex.parent()


_field("labels + 1", labels=_more_labels)
_field("labels + 1, not signed so", by_hand=False, labels=_more_labels)
_field("labels - 1", labels=_fewer_labels)
_field("labels - 1, not signed so", by_hand=False, labels=_fewer_labels)
_field("labels above the zone", labels=_labels_above)
_field("signer is the parent", signer=_parent)
_field("signer is the root", signer=dns.name.root)
_field("signer below", signer=lambda shop, _: dns.name.Name((b"sub",) + shop.apex.labels))
_field("signer elsewhere", signer=dns.name.from_text("elsewhere."))
_field("keys' signer is the parent", (rdt.DNSKEY,), signer=_parent)
_field("proof's signer is the parent", (rdt.NSEC, rdt.NSEC3), signer=_parent)
_field("signer in capitals", signer=lambda shop, _: dns.name.Name(label.upper() for label in shop.apex.labels))
_field("key tag + 1", by_hand=False, key_tag=lambda _, rrsig: (rrsig.key_tag + 1) % 65536)
_field("key tag + 1, signed so", key_tag=lambda _, rrsig: (rrsig.key_tag + 1) % 65536)
_field("algorithm unknown", by_hand=False, algorithm=UNKNOWN)
_field("algorithm of another", by_hand=False, algorithm=lambda _, rrsig: 13 if rrsig.algorithm != 13 else 8)
_field("original ttl changed", by_hand=False, original_ttl=77)
_field("original ttl low", original_ttl=5)
_field("original ttl high", original_ttl=90000)
_field("original ttl zero", original_ttl=0)
_field("covers another type", by_hand=False, type_covered=rdt.LOC)


@defect("fields", "unknown algorithm beside")
def _unknown_beside(shop):
    name, rrtype = shop.pick()
    shop.add_signatures(name, rrtype, [each.replace(algorithm=UNKNOWN) for each in shop.signatures(name, rrtype)])


@defect("fields", "signer elsewhere beside")
def _elsewhere_beside(shop):
    name, rrtype = shop.pick()
    shop.add_signatures(name, rrtype, shop.made_by_hand(name, rrtype, signer=dns.name.from_text("elsewhere.")))


# ---- keys --------------------------------------------------------------------------------------------------------


def _record(title, entry, **changes):
    """The DNSKEY of the entry point (or of the signing key) with other fields, and the RRset signed again."""
    @defect("keys", title)
    def change(shop):
        fields = dict(changes)
        if not entry and not shop.zone.split:
            raise Unfit
        if "flags" in fields:
            fields["flags"] |= keymaking.SEP if entry else 0
        shop.alter_keys(lambda keys: [keymaking.with_record(key, **fields) if key.sep == entry else key for key in keys])


for _who, _entry in (("entry key", True), ("signing key", False)):
    _record(f"{_who} revoked", _entry, flags=keymaking.ZONE_KEY | keymaking.REVOKE)
    _record(f"{_who} without zone bit", _entry, flags=0)
    _record(f"{_who} of protocol 2", _entry, protocol=2)
    _record(f"{_who} with odd flags", _entry, flags=keymaking.ZONE_KEY | 0x0200)
    _record(f"{_who} cut short", _entry, key=b"\3\1\0\1")


@defect("keys", "signed by the signing key alone")
def _zsk_alone(shop):
    others = [key for key in shop.keys if not key.sep]
    if not others:
        raise Unfit
    shop.sign(shop.apex, rdt.DNSKEY, others)
    shop.touched.append(shop.apex)


@defect("keys", "no keys")
def _no_keys(shop):
    shop.drop(shop.apex, rdt.DNSKEY)
    shop.drop(shop.apex, rdt.RRSIG, rdt.DNSKEY)
    shop.touched.append(shop.apex)


@defect("keys", "signing key lost")
def _zsk_lost(shop):
    if not shop.zone.split:
        raise Unfit
    shop.alter_keys(lambda keys: [key for key in keys if key.sep])


@defect("keys", "entry key lost")
def _ksk_lost(shop):
    if not shop.zone.split:
        raise Unfit
    shop.put(shop.apex, rdt.DNSKEY, [key.dnskey for key in shop.keys if not key.sep])
    shop.sign(shop.apex, rdt.DNSKEY, [key for key in shop.keys if not key.sep])
    shop.touched.append(shop.apex)


@defect("keys", "stranger beside")
def _stranger(shop):
    """Another zone's key, of an algorithm nobody knows, and one of the same tag as ours."""
    key = shop.keys[-1].dnskey
    swapped = key.key[2:4] + key.key[0:2] + key.key[4:]          # the tag is a sum of pairs
    shop.put(shop.apex, rdt.DNSKEY, [*shop.get(shop.apex, rdt.DNSKEY), key.replace(algorithm=UNKNOWN), key.replace(key=swapped)])
    shop.sign(shop.apex, rdt.DNSKEY)
    shop.touched.append(shop.apex)


@defect("keys", "another key signs")
def _another_key(shop):
    """Every answer of one RRset is signed by a key that is not in the zone."""
    name, rrtype = shop.pick()
    shop.sign(name, rrtype, [keymaking.make_key(shop.apex, key.algorithm, False, shop.rng) for key in shop.signing_keys(rrtype)])


@defect("keys", "data signed by the entry key")
def _ksk_signs(shop):
    if not shop.zone.split:
        raise Unfit
    name, rrtype = shop.pick()
    shop.sign(name, rrtype, [key for key in shop.keys if key.sep])
