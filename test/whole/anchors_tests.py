"""Trust anchors: file forms, reload, a root that changes its key, a broken file."""
import os

from ..internet import signing
from .suite import Suite, check, equal, matches

suite = Suite("anchors")
NAME = "www.p256.example."


def with_file(lab, file_name, text):
    path = os.path.join(lab.folder, file_name)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    return path


def text_of(path):
    with open(path, encoding="ascii") as file:
        return file.read()


@suite.test("DNSKEY form")
def _dnskey_form(lab):
    with lab.fresh(dnssec={"trust_anchors": lab.net.anchor_dnskey}) as windlass:
        equal(windlass.ask(NAME).ad, True, "AD")


@suite.test("both forms, comments and another zone's anchor in one file")
def _mixed(lab):
    path = with_file(lab, "mixed.anchors", "; ours\n" + text_of(lab.net.anchor_ds) + "\n" + text_of(lab.net.anchor_dnskey)
                     + "other.example. 3600 IN DS 12345 13 2 " + "ab" * 32 + " ; not there\n")
    with lab.fresh(dnssec={"trust_anchors": path}) as windlass:
        equal(windlass.ask(NAME).ad, True, "AD")


@suite.test("an empty file means no anchor: insecure")
def _empty(lab):
    with lab.fresh(dnssec={"trust_anchors": with_file(lab, "empty.anchors", "")}) as windlass:
        reply = windlass.ask(NAME)
        equal((reply.rcode, reply.ad), ("NOERROR", False), "rcode and AD")


@suite.test("an anchor below the root makes an island secure")
def _island(lab):
    path = with_file(lab, "island.anchors", text_of(lab.net.anchor_ds) + signing.ds_line(lab.net.keys["island.plain."][0]) + "\n")
    with lab.fresh(dnssec={"trust_anchors": path}) as windlass:
        equal(windlass.ask("www.island.plain.").ad, True, "AD")
        equal(windlass.ask("www.site.plain.").ad, False, "AD beside it")


@suite.test("a broken file at reload: names file and line, keeps the old anchors")
def _broken(lab):
    path = with_file(lab, "reload.anchors", text_of(lab.net.anchor_ds))
    with lab.fresh(dnssec={"trust_anchors": path}) as windlass:
        equal(windlass.ask(NAME).ad, True, "AD before")
        for text in ("; first\nnonsense\n", ". 3600 IN DS 1 13 2 abcd\n", ". IN TXT x\n"):
            with_file(lab, "reload.anchors", text)
            code, out, err = windlass.control("anchors", "reload")
            equal(code, 1, f"exit code for {text!r}")
            matches(out + err, r"reload\.anchors:\d+", "the place")
        windlass.commanded("cache", "flush-all")
        equal(windlass.ask(NAME).ad, True, "AD afterwards")
        os.remove(path)
        equal(windlass.control("anchors", "reload")[0], 1, "exit code without a file")
        equal(windlass.ask("www.p384.example.").ad, True, "AD afterwards")


@suite.test("a wrong anchor makes all bogus, the right one all secure: at once, from the cache, without packets")
def _epoch(lab):
    path = with_file(lab, "epoch.anchors", text_of(lab.net.anchor_ds))
    with lab.fresh(dnssec={"trust_anchors": path}) as windlass:
        equal(windlass.ask(NAME).ad, True, "AD with the right anchor")
        with_file(lab, "epoch.anchors", ". 3600 IN DS 12345 13 2 " + "ab" * 32 + "\n")
        shown = windlass.commanded("anchors", "reload")
        matches(shown, "12345", "anchors after")
        equal(windlass.ask(NAME).rcode, "SERVFAIL", "rcode with a wrong anchor")
        with_file(lab, "epoch.anchors", text_of(lab.net.anchor_ds))
        windlass.commanded("anchors", "reload")
        reply = windlass.ask(NAME)
        equal((reply.rcode, reply.ad), ("NOERROR", True), "with the right anchor again")
        check(windlass.alive(), "the server is gone")
