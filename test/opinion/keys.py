"""Keys made from a seed, in the file form that knot's keymgr, ldns and bind all read; and RRSIGs by hand.

The same seed gives the same keys, so the same key tags and digests. They sign what lives for minutes on loopback.
"""
import base64
import os
import random
from dataclasses import dataclass
from functools import lru_cache

import dns.dnssec
import dns.name
import dns.rdataclass
import dns.rdatatype
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa, utils
from dns.rdtypes.ANY.RRSIG import RRSIG

RSA = {5: hashes.SHA1, 7: hashes.SHA1, 8: hashes.SHA256, 10: hashes.SHA512}
CURVES = {13: (ec.SECP256R1, hashes.SHA256, 32), 14: (ec.SECP384R1, hashes.SHA384, 48)}
EDWARDS = {15: (ed25519.Ed25519PrivateKey, 32), 16: (ed448.Ed448PrivateKey, 57)}
MNEMONICS = {5: "RSASHA1", 7: "NSEC3RSASHA1", 8: "RSASHA256", 10: "RSASHA512", 13: "ECDSAP256SHA256",
             14: "ECDSAP384SHA384", 15: "ED25519", 16: "ED448"}
ZONE_KEY, SEP, REVOKE = 0x0100, 0x0001, 0x0080
RSA_KEYS = ((1280, 65537), (1024, 3), (1288, 17), (1032, 65537))   # bits, exponent


def _is_prime(n, rng):
    """Miller and Rabin, 20 rounds."""
    if any(n % p == 0 for p in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47)):
        return False
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(20):
        x = pow(rng.randrange(2, n - 1), odd, n)
        if x not in (1, n - 1) and not any((x := x * x % n) == n - 1 for _ in range(twos - 1)):
            return False
    return True


def _prime(bits, exponent, rng):
    while True:
        n = rng.getrandbits(bits) | (3 << (bits - 2)) | 1
        if (n - 1) % exponent and _is_prime(n, rng):
            return n


@lru_cache(None)
def _rsa_key(index):
    """One of a few RSA keys; they are dear to make."""
    bits, exponent = RSA_KEYS[index]
    rng = random.Random(f"rsa {index}")
    p, q = _prime(bits // 2, exponent, rng), _prime(bits // 2, exponent, rng)
    d = pow(exponent, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(exponent, p * q)
    return rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public).private_key()


def _private(algorithm, sep, rng):
    if algorithm in RSA:                               # a KSK and its ZSK differ
        return _rsa_key(rng.randrange(0 if sep else 1, len(RSA_KEYS), 2))
    if algorithm in CURVES:
        return ec.derive_private_key(rng.getrandbits(200) + 2, CURVES[algorithm][0]())
    kind, octets = EDWARDS[algorithm]
    return kind.from_private_bytes(rng.randbytes(octets))


@dataclass(frozen=True)
class Key:
    """One key pair; `dnskey` is its record."""
    zone: dns.name.Name
    algorithm: int
    private: object
    dnskey: object

    tag = property(lambda self: dns.dnssec.key_id(self.dnskey))
    sep = property(lambda self: bool(self.dnskey.flags & SEP))

    def write(self, folder):
        """Writes K*.key and K*.private; returns their base name."""
        base = os.path.join(folder, f"K{file_stem(self.zone)}+{self.algorithm:03d}+{self.tag:05d}")
        with open(base + ".key", "w", encoding="ascii") as file:
            file.write(f"{self.zone} 3600 IN DNSKEY {self.dnskey.to_text()}\n")
        with open(base + ".private", "w", encoding="ascii") as file:
            file.write("Private-key-format: v1.3\n"
                       f"Algorithm: {self.algorithm} ({MNEMONICS[self.algorithm]})\n" + "".join(self._fields()) +
                       "".join(f"{word}: 20200101000000\n" for word in ("Created", "Publish", "Activate")))
        return base

    def _fields(self):
        if self.algorithm in RSA:
            n = self.private.private_numbers()
            words = (("Modulus", n.public_numbers.n), ("PublicExponent", n.public_numbers.e),
                     ("PrivateExponent", n.d), ("Prime1", n.p), ("Prime2", n.q), ("Exponent1", n.dmp1),
                     ("Exponent2", n.dmq1), ("Coefficient", n.iqmp))
            return [_field(word, _octets(number)) for word, number in words]
        if self.algorithm in CURVES:
            return [_field("PrivateKey", self.private.private_numbers().private_value.to_bytes(CURVES[self.algorithm][2], "big"))]
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
        return [_field("PrivateKey", self.private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))]

    def signature(self, octets):
        """The signature field over octets."""
        if self.algorithm in RSA:
            return self.private.sign(octets, padding.PKCS1v15(), RSA[self.algorithm]())
        if self.algorithm in CURVES:
            _, digest, size = CURVES[self.algorithm]
            r, s = utils.decode_dss_signature(self.private.sign(octets, ec.ECDSA(digest())))
            return r.to_bytes(size, "big") + s.to_bytes(size, "big")
        return self.private.sign(octets)


def _octets(number):
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _field(word, octets):
    return f"{word}: {base64.b64encode(octets).decode()}\n"


def file_stem(zone):
    """bind's rule: the name as it is, with its last dot."""
    return str(zone)


def make_key(zone, algorithm, sep, rng):
    private = _private(algorithm, sep, rng)
    flags = ZONE_KEY | (SEP if sep else 0)
    return Key(zone, algorithm, private, dns.dnssec.make_dnskey(private.public_key(), algorithm, flags, 3))


def with_record(key, **changes):
    """The same pair under a changed DNSKEY record: other flags, protocol, algorithm number."""
    return Key(key.zone, key.algorithm, key.private, key.dnskey.replace(**changes))


def sign(name, rdataset, key, times, **changes):
    """An RRSIG made by hand: as a signer would, but each field may be another; the signature is right for it.

    times: (inception, expiration). changes: labels, signer, original_ttl, key_tag, algorithm, expiration, inception.
    """
    labels = len(name) - 1 - (1 if name.labels[0] == b"*" else 0)
    fields = {"type_covered": rdataset.rdtype, "algorithm": key.dnskey.algorithm, "labels": labels,
              "original_ttl": rdataset.ttl, "inception": times[0], "expiration": times[1], "key_tag": key.tag,
              "signer": key.zone, **changes}
    blank = RRSIG(dns.rdataclass.IN, dns.rdatatype.RRSIG, signature=b"", **fields)
    return blank.replace(signature=key.signature(signed_octets(name, rdataset, blank)))


def signed_octets(name, rdataset, rrsig):
    """RFC 4034 3.1.8.1, for whatever the fields say."""
    owner = name
    if rrsig.labels < len(name) - 1 - (1 if name.labels[0] == b"*" else 0):
        owner = dns.name.Name((b"*",) + name.labels[len(name) - 1 - rrsig.labels:])
    head = owner.to_digestable() + rdataset.rdtype.to_bytes(2, "big") + b"\0\1" + rrsig.original_ttl.to_bytes(4, "big")
    octets = rrsig.to_wire()[:18] + rrsig.signer.to_digestable()
    for rdata in sorted(each.to_digestable() for each in rdataset):
        octets += head + len(rdata).to_bytes(2, "big") + rdata
    return octets
