"""A second opinion: random signed zones from a seed, sound and broken, judged by Windlass, delv and unbound-host.

    plan.py        what a seed means: a tree of zones, their keys, denials, DS words, defects
    contents.py    the records of a zone, and what kind of names they make
    keys.py        keys from a seed, RRSIGs by hand
    signers.py     kzonesign, ldns-signzone, dnssec-signzone
    vouching.py    DS records, right and wrong
    workshop.py    a signed zone on the bench; breakage.py and denials.py: its defects, one function each
    replies.py     what no real server says, one function each
    relay.py       scripted servers: the benders, and the relay that delv asks
    build.py       a plan made real: zone files, knotd, nsd, benders, anchors
    questions.py   what is asked about a zone
    opinions.py    the three judges
    compare.py     do they agree; classes.py: known disagreements, each with its reason
    run.py         one seed from plan to opinions

The rule: no question about which both others agree against Windlass; every other disagreement has a class.
"""
