"""The DS records of a zone from the words of its plan: right ones, wrong ones, ones nobody understands."""
import dns.dnssec

DIGESTS = {"sha1": 1, "sha256": 2, "sha384": 4}
SIZES = {1: 20, 2: 32, 4: 48}
OCTETS = {"digest99": (99, 32), "gost": (3, 32)}


def _right(key, digest):
    return dns.dnssec.make_ds(key.zone, key.dnskey, digest.upper(), policy=dns.dnssec.allow_all_policy).to_text()


def _made_up(key, rng, *, tag=None, algorithm=None, digest=2, octets=None):
    return (f"{key.tag if tag is None else tag} {key.algorithm if algorithm is None else algorithm} {digest} "
            f"{rng.randbytes(SIZES.get(digest, 32) if octets is None else octets).hex()}")


def _word(word, keys, rng):
    entry = next(key for key in keys if key.sep)
    if word in DIGESTS:
        return [_right(entry, word)]
    if word == "all":
        return [_right(key, "sha256") for key in keys if key.sep]
    if word == "zsk":
        return [_right(keys[-1], "sha256")]
    if word.startswith("bad"):
        return [_made_up(entry, rng, digest=DIGESTS[word[3:]])]
    if word in OCTETS:
        return [_made_up(entry, rng, digest=OCTETS[word][0], octets=OCTETS[word][1])]
    if word.startswith("alg"):
        return [_made_up(entry, rng, algorithm=int(word[3:]))]
    if word == "othertag":
        return [_made_up(entry, rng, tag=(entry.tag + 1) % 65536)]
    assert word == "wrongalg", word
    right = _right(entry, "sha256").split()
    return [f"{right[0]} {8 if entry.algorithm != 8 else 13} {right[2]} {right[3]}"]


def ds_of(zone, keys):
    """DS rdata in presentation form. "lost": as for a signed zone, though it has lost its keys."""
    rng = zone.rng("ds")
    if zone.ds == "none" or not keys:
        return [] if zone.ds == "none" else [f"{rng.randrange(65536)} 13 2 {rng.randbytes(32).hex()}"]
    if zone.ds == "lost":
        return [_right(keys[0], "sha256")]
    return [rdata for word in zone.ds.split() for rdata in _word(word, keys, rng)]
