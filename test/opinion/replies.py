"""What no real server says: replies changed on their way, one function a defect. The same question gets the same reply."""
import random
import time

import dns.dnssec
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataset
import dns.rdatatype as rdt
import dns.rrset

from ..internet.signing import DAY
from . import keys as keymaking
from .workshop import flipped, rdata_of

TABLE = {}                                  # {title: function(Said)}
PROOFS = (rdt.NSEC, rdt.NSEC3)


def reply_defect(title):
    def keep(function):
        TABLE[title] = function
        return function
    return keep


class Said:
    """One reply of a zone's true server, to be changed in place. fetch(name, type, zone): another true reply, or None."""

    def __init__(self, zone, keys, contents, message, fetch):
        self.zone, self.keys, self.contents, self.message, self.fetch = zone, keys, contents, message, fetch
        self.name, self.type = message.question[0].name, message.question[0].rdtype
        self.rng = random.Random(f"{zone.seed} {self.name} {self.type}".lower())

    @property
    def negative(self):
        """A denial, perhaps at the end of aliases."""
        aliases = all(rdt.CNAME in (each.rdtype, each.covers) or rdt.DNAME in (each.rdtype, each.covers)
                      for each in self.message.answer)
        return aliases and any(each.rdtype == rdt.SOA for each in self.message.authority)

    @property
    def referral(self):
        return not self.message.answer and any(each.rdtype == rdt.NS for each in self.message.authority)

    def proofs(self):
        return [each for each in self.message.authority if each.rdtype in PROOFS]

    def lose(self, section, condition):
        """Takes RRsets, and the signatures over them, out of a section."""
        gone = {(each.name, each.rdtype) for each in section if each.rdtype != rdt.RRSIG and condition(each)}
        section[:] = [each for each in section
                      if (each.name, each.covers if each.rdtype == rdt.RRSIG else each.rdtype) not in gone]

    def unsign(self, section):
        section[:] = [each for each in section if each.rdtype != rdt.RRSIG]

    def takes(self, other, *sections):
        for section in sections:
            setattr(self.message, section, list(getattr(other, section)))

    def alter(self, section, rrtype, change, covered=0):
        """Each rdata of the RRsets of a type becomes change(rdata)."""
        for at, rrset in enumerate(section):
            if rrset.rdtype == rrtype and (not covered or rrset.covers == covered):
                section[at] = dns.rrset.from_rdata_list(rrset.name, rrset.ttl, [change(rdata) for rdata in rrset])

    def unlikely_name(self):
        return dns.name.Name((b"unlikely-" + str(self.rng.randrange(10**6)).encode(),) + self.zone.name.labels)


# ---- denials -----------------------------------------------------------------------------------------------------


@reply_defect("denials lose a proof")
def _lose_one(said):
    if said.negative and said.proofs():
        gone = said.rng.choice(sorted(said.proofs(), key=lambda each: each.name))
        said.lose(said.message.authority, lambda each: each.name == gone.name and each.rdtype == gone.rdtype)


@reply_defect("denials lose all proofs")
def _lose_all(said):
    if said.negative:
        said.lose(said.message.authority, lambda each: each.rdtype in PROOFS)


@reply_defect("denials lose signatures")
def _lose_signatures(said):
    if said.negative:
        said.unsign(said.message.authority)


@reply_defect("denials lose the soa")
def _lose_soa(said):
    if said.negative and said.proofs():
        said.lose(said.message.authority, lambda each: each.rdtype == rdt.SOA)


@reply_defect("denials lose the soa's signature")
def _lose_soa_signature(said):
    if said.negative:
        said.message.authority = [each for each in said.message.authority if each.covers != rdt.SOA]


@reply_defect("denials of another name")
def _another_denial(said):
    if said.negative and said.type != rdt.DS:
        other = said.fetch(said.unlikely_name(), said.type)
        if other and not other.answer:
            said.takes(other, "authority")


@reply_defect("denials of the apex")
def _apex_denial(said):
    """Every denial becomes that of a type at the apex."""
    if said.negative:
        other = said.fetch(said.zone.name, rdt.LOC)
        if other and not other.answer:
            said.takes(other, "authority")
            said.message.set_rcode(dns.rcode.NOERROR)


@reply_defect("nxdomain as nodata")
def _as_nodata(said):
    if said.negative:
        said.message.set_rcode(dns.rcode.NOERROR)


@reply_defect("nodata as nxdomain")
def _as_nxdomain(said):
    if said.negative and said.name != said.zone.name:
        said.message.set_rcode(dns.rcode.NXDOMAIN)


@reply_defect("answers denied")
def _answers_denied(said):
    """What exists is said not to, with true proofs for a name beside."""
    if said.message.answer and said.name != said.zone.name and said.type not in (rdt.DNSKEY, rdt.DS):
        other = said.fetch(said.unlikely_name(), said.type)
        if other and not other.answer:
            said.takes(other, "answer", "authority")
            said.message.set_rcode(other.rcode())


@reply_defect("types denied")
def _types_denied(said):
    """What exists is said to lack the type, with the true proof for a type it lacks."""
    if said.message.answer and said.type not in (rdt.DNSKEY, rdt.DS):
        other = said.fetch(said.name, rdt.LOC)
        if other and not other.answer:
            said.takes(other, "answer", "authority")


@reply_defect("proof's bit flipped")
def _proof_bit(said):
    if said.negative:
        for rrtype in PROOFS:
            said.alter(said.message.authority, rdt.RRSIG,
                       lambda rrsig: rrsig.replace(signature=flipped(rrsig.signature, said.rng)), rrtype)


# ---- wildcards ---------------------------------------------------------------------------------------------------


@reply_defect("wildcards lose their proof")
def _wild_lose(said):
    if said.message.answer:
        said.lose(said.message.authority, lambda each: each.rdtype in PROOFS)


@reply_defect("wildcards with another proof")
def _wild_another(said):
    if said.message.answer and said.proofs():
        other = said.fetch(said.zone.name, rdt.LOC)
        if other:
            said.lose(said.message.authority, lambda each: each.rdtype in PROOFS)
            said.message.authority += [each for each in other.authority if rdt.SOA not in (each.rdtype, each.covers)]


def _renamed(rrset, name):
    fresh = dns.rrset.RRset(name, rrset.rdclass, rrset.rdtype, rrset.covers)
    fresh.update(rrset.to_rdataset())
    return fresh


@reply_defect("wildcards cover what exists")
def _wild_over(said):
    """The answer of a wildcard, under a name that exists beside it."""
    if not said.contents.wildcards or said.name in said.contents.aliases or said.type in (rdt.DNSKEY, rdt.DS, rdt.SOA, rdt.NS):
        return
    wildcard = said.rng.choice(said.contents.wildcards)
    if said.name == wildcard or not said.name.is_subdomain(wildcard.parent()) or said.name == wildcard.parent():
        return
    other = said.fetch(wildcard, said.type)
    if other and other.answer and other.answer[0].rdtype == said.type:
        said.message.answer = [_renamed(each, said.name) for each in other.answer if each.name == wildcard]
        said.message.set_rcode(dns.rcode.NOERROR)


# ---- answers -----------------------------------------------------------------------------------------------------


@reply_defect("answers unsigned")
def _answers_unsigned(said):
    if said.type not in (rdt.DNSKEY, rdt.DS):           # DS come with referrals too: everyone shall see the same
        said.unsign(said.message.answer)


@reply_defect("ttls raised")
def _ttls_raised(said):
    for rrset in said.message.answer + said.message.authority:
        rrset.ttl = 500000


@reply_defect("letters' case shuffled")
def _case_shuffled(said):
    def shuffled(name):
        return dns.name.Name(bytes(said.rng.choice((octet, octet ^ 0x20)) if chr(octet).isalpha() and octet < 128 else octet
                                   for octet in label) for label in name.labels)
    for section in (said.message.answer, said.message.authority):
        section[:] = [_renamed(each, shuffled(each.name)) for each in section]


@reply_defect("strangers in the answer")
def _strangers(said):
    said.message.answer.append(dns.rrset.from_text("stranger.invalid.", 300, "IN", "A", "192.0.2.66"))
    said.message.authority.append(dns.rrset.from_text("stranger.invalid.", 300, "IN", "TXT", "unasked"))


@reply_defect("an alias put in front")
def _alias_in_front(said):
    if said.message.answer and said.type in (rdt.A, rdt.AAAA, rdt.TXT, rdt.MX) and said.message.answer[0].name == said.name:
        target = dns.name.Name((b"ns", b"srv") + said.zone.name.labels)
        other = said.fetch(target, said.type)
        alias = dns.rrset.from_text(said.name, 300, "IN", "CNAME", str(target))
        said.message.answer = [alias] + (other.answer if other else [])


@reply_defect("dname without its alias")
def _dname_alone(said):
    if any(each.rdtype == rdt.DNAME for each in said.message.answer):
        said.lose(said.message.answer, lambda each: each.rdtype == rdt.CNAME)


@reply_defect("dname with another alias")
def _dname_another(said):
    if any(each.rdtype == rdt.DNAME for each in said.message.answer):
        said.alter(said.message.answer, rdt.CNAME, lambda _: rdata_of("CNAME", str(said.unlikely_name())))


# ---- cuts --------------------------------------------------------------------------------------------------------


@reply_defect("referrals lose their ds")
def _referral_without_ds(said):
    if said.referral:
        said.lose(said.message.authority, lambda each: each.rdtype == rdt.DS)


@reply_defect("referrals lose their proof")
def _referral_without_proof(said):
    if said.referral:
        said.lose(said.message.authority, lambda each: each.rdtype in PROOFS)


@reply_defect("ds denied by the child")
def _ds_from_child(said):
    """A question for the DS of a child is answered from the child's side, which has none."""
    child = next((each for each in said.zone.children if each.name == said.name), None)
    if child and said.type == rdt.DS:
        other = said.fetch(child.name, rdt.LOC, child)
        if other and not other.answer:
            said.takes(other, "answer", "authority")
    if child and said.type == rdt.DS or said.referral:
        said.lose(said.message.authority, lambda each: each.rdtype == rdt.DS)


@reply_defect("ds denied by a neighbour")
def _ds_of_neighbour(said):
    """A DS is denied with the true proof for another cut, or another name."""
    if said.type == rdt.DS and said.message.answer and said.name in said.contents.cuts:
        others = [cut for cut in said.contents.cuts if cut != said.name] or [said.unlikely_name()]
        other = said.fetch(said.rng.choice(sorted(others)), rdt.DS)
        if other and not other.answer:
            said.takes(other, "answer", "authority")
    elif said.referral:
        said.lose(said.message.authority, lambda each: each.rdtype == rdt.DS)


@reply_defect("denied by the parent")
def _parent_denies(said):
    """Denials carry the parent's record of the cut, as for its DS."""
    if said.negative and said.zone.parent and said.name != said.zone.name:
        other = said.fetch(said.zone.name, rdt.LOC, said.zone.parent)
        other = other if other and not other.answer else said.fetch(said.zone.name, rdt.DS, said.zone.parent)
        if other and not other.answer:
            said.lose(said.message.authority, lambda each: each.rdtype in PROOFS)
            said.message.authority += [each for each in other.authority if rdt.SOA not in (each.rdtype, each.covers)]


# ---- denials made for the question -------------------------------------------------------------------------------


def _made(said, owner, rrtype, text):
    """A record made for this question, with signatures of the zone's keys."""
    rdataset = dns.rdataset.from_text_list("IN", rrtype, 300, [text])
    now = int(time.time())
    role = {key.algorithm: key for key in said.keys if not (said.zone.split and key.sep)}
    rrsigs = [keymaking.sign(owner, rdataset, key, (now - 7200, now + DAY)) for key in role.values()]
    return [dns.rrset.from_rdata_list(owner, 300, list(rdataset)), dns.rrset.from_rdata_list(owner, 300, rrsigs)]


def _replace_proofs(said, *made):
    said.lose(said.message.authority, lambda each: each.rdtype in PROOFS)
    said.message.authority += [rrset for pair in made for rrset in pair]


def _after(name):
    return dns.name.Name((b"\0",) + name.labels)


def _compact(said, types, rcode):
    if said.negative and said.message.rcode() == dns.rcode.NXDOMAIN:
        _replace_proofs(said, _made(said, said.name, "NSEC", f"{_after(said.name)} {types}"))
        said.message.set_rcode(rcode)


@reply_defect("compact denial")
def _compact_nodata(said):
    """RFC 9824: a missing name is there, and has nothing but NXNAME."""
    _compact(said, "RRSIG NSEC TYPE128", dns.rcode.NOERROR)


@reply_defect("compact denial with nxdomain")
def _compact_nxdomain(said):
    _compact(said, "RRSIG NSEC TYPE128", dns.rcode.NXDOMAIN)


@reply_defect("compact denial of old")
def _compact_old(said):
    """Before NXNAME: NODATA for a name that does not exist."""
    _compact(said, "RRSIG NSEC", dns.rcode.NOERROR)


@reply_defect("compact denial of old with nxdomain")
def _compact_old_nxdomain(said):
    _compact(said, "RRSIG NSEC", dns.rcode.NXDOMAIN)


def _before(name):
    """A name just before: its first label one octet less, then as high as can be."""
    label = name.labels[0].lower()
    label = label[:-1] + bytes([label[-1] - 1]) + b"\xff" if label and label[-1] else label
    return dns.name.Name((label,) + name.labels[1:])


@reply_defect("minimal spans")
def _minimal_spans(said):
    """RFC 4470: NSEC that deny just the name and its wildcard."""
    if said.negative and said.message.rcode() == dns.rcode.NXDOMAIN and said.name.labels[0] not in (b"*", b""):
        encloser = said.name.parent()
        wildcard = dns.name.Name((b"*",) + encloser.labels)
        _replace_proofs(said, _made(said, _before(said.name), "NSEC", f"{_after(said.name)} RRSIG NSEC"),
                        _made(said, _before(wildcard), "NSEC", f"{_after(wildcard)} RRSIG NSEC"))


def _hash(name, salt, iterations):
    return int.from_bytes(dns.rdata.from_text("IN", "NSEC3", f"1 0 0 - {dns.dnssec.nsec3_hash(name, salt, iterations, 1)}").next, "big")


@reply_defect("minimal hashed spans")
def _minimal_hashed(said):
    """RFC 7129 appendix B: NSEC3 one hash wide, made for the question."""
    if not (said.negative and said.message.rcode() == dns.rcode.NXDOMAIN and len(said.name) == len(said.zone.name) + 1):
        return
    made = [_span(said, said.zone.name, 0, "NS SOA RRSIG DNSKEY")]
    made += [_span(said, name, 1, "") for name in (said.name, dns.name.Name((b"*",) + said.zone.name.labels))]
    _replace_proofs(said, *made)


def _span(said, name, before, types):
    import base64
    value = _hash(name, None, 0)
    start, end = ((value + by) % 2**160 for by in (-before, 1))
    words = [base64.b32encode(each.to_bytes(20, "big")).decode().translate(
        str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHIJKLMNOPQRSTUV")).lower() for each in (start, end)]
    owner = dns.name.Name((words[0].encode(),) + said.zone.name.labels)
    return _made(said, owner, "NSEC3", f"1 0 0 - {words[1]} {types}")
