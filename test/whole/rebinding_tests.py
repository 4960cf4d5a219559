"""Rebinding protection: private addresses of a public zone on nsd never reach a client, whichever way it asks; those of
listed names and of local zones do. Judged by dig and kdig."""
from .clients import dig
from .outside import ZONE, Outside
from .suite import Suite, check, equal, matches
from .windlass import as_yaml

suite = Suite("rebinding")
RECORDS = f"""mixed.{ZONE} 60 A 10.1.2.3
mixed.{ZONE} 60 A 192.0.2.80
six.{ZONE} 60 AAAA fd00::1
mapped.{ZONE} 60 AAAA ::ffff:10.1.2.3
link.{ZONE} 60 A 169.254.0.1
loop.{ZONE} 60 A 127.0.0.1
home.{ZONE} 60 A 192.168.0.1
shared.{ZONE} 60 A 100.64.0.1
svc.{ZONE} 60 HTTPS 1 . ipv4hint=192.168.0.1
alias.{ZONE} 60 CNAME printer.lab.home.arpa.
good.{ZONE} 60 A 192.0.2.81
nas.corp.{ZONE} 60 A 10.1.2.4
"""
BLOCKED = (("mixed", "A"), ("six", "AAAA"), ("mapped", "AAAA"), ("link", "A"), ("loop", "A"), ("home", "A"),
           ("shared", "A"), ("svc", "HTTPS"), ("alias", "A"))


LOCAL_RECORDS = f"printer 60 A 192.168.7.9\nout 60 CNAME home.{ZONE}\n"


def outside(lab, **recursion):
    return Outside(lab, RECORDS, LOCAL_RECORDS, recursion=recursion)


@suite.test("private addresses and hints are taken out for dig and kdig, over UDP and TCP, also from the cache")
def _blocked(lab):
    with outside(lab, rebinding_protection=[f"corp.{ZONE}"]) as windlass:
        for via in ("dig", "kdig +tcp", "dig +cd"):
            for name, rrtype in BLOCKED:
                answer = dig(via, f"{name}.{ZONE}", rrtype, "127.0.0.1", windlass.port)
                equal((answer.rcode, answer.ad, answer.ede), ("NOERROR", False, (15,)), f"{via} {name}")
                wanted = {"mixed": r"\sA\s+192\.0\.2\.80\s*$", "alias": r"CNAME"}.get(name, r"^$")
                matches(answer.text.strip(), wanted, f"{via} {name}")
                check("10.1.2.3" not in answer.text and "192.168." not in answer.text, f"{via} {name}: {answer.text}")
        equal(windlass.metric("rebinding_blocked_total"), 3 * len(BLOCKED), "answers counted")
        equal(windlass.metric("ede_total", 'code="15"'), 3 * len(BLOCKED), "reasons counted")
        matches(windlass.read_log(), r"WL-POLICY-001.*private address", "the log")


@suite.test("listed names and local zones keep their addresses; a local alias to a stranger does not")
def _exempt(lab):
    with outside(lab, rebinding_protection=[f"corp.{ZONE}"]) as windlass:
        for name in (f"nas.corp.{ZONE}", "printer.lab.home.arpa.", f"good.{ZONE}", "localhost."):
            reply = windlass.ask(name)
            equal((reply.rcode, len(reply.answer), reply.ede), ("NOERROR", 1, []), name)
        reply = windlass.ask("out.lab.home.arpa.")
        equal(([record.type for record in reply.answer], reply.ede_codes), (["CNAME"], [15]), "an alias to a stranger")


@suite.test("off by default; a reload brings it into force for what is cached, and out again")
def _reload(lab):
    with outside(lab) as windlass:
        equal(len(windlass.ask(f"mixed.{ZONE}").answer), 2, "by default")
        windlass.settings["recursion"]["rebinding_protection"] = []
        windlass.write_config()
        windlass.commanded("config", "reload")
        equal(len(windlass.ask(f"mixed.{ZONE}").answer), 1, "after the reload")
        windlass.settings["recursion"]["rebinding_protection"] = None
        windlass.write_config(as_yaml(windlass.settings).replace('"rebinding_protection": null', '"rebinding_protection": off'))
        windlass.commanded("config", "reload")
        equal(len(windlass.ask(f"mixed.{ZONE}").answer), 2, "off again")
