"""DNS64 (RFC 6147) with a signed root on knotd and a zone on nsd; judged by dig and kdig, and by the addresses that
RFC 6052 wants."""
import ipaddress

from .clients import dig
from .outside import LOCAL, ZONE, Outside
from .suite import Suite, check, equal, matches

suite = Suite("dns64")
RECORDS = f"""v4.{ZONE} 300 A 192.0.2.33
short.{ZONE} 7 A 192.0.2.34
both.{ZONE} 300 A 192.0.2.35
both.{ZONE} 300 AAAA 2001:db8::35
mapped.{ZONE} 300 A 192.0.2.36
mapped.{ZONE} 300 AAAA ::ffff:192.0.2.36
alias.{ZONE} 300 CNAME v4.{ZONE}
into.{ZONE} 300 CNAME nas.{LOCAL}
private.{ZONE} 300 A 10.1.2.3
text.{ZONE} 300 TXT "none"
"""
SIGNED = "signed. 300 A 192.0.2.99\n"            # in the signed root itself
LOCAL_RECORDS = f"nas 60 A 192.0.2.90\nout 60 CNAME v4.{ZONE}\n"
# RFC 6052 2.4, and the Well-Known Prefix
PREFIXES = (("2001:db8::/32", "2001:db8:c000:221::"), ("2001:db8:100::/40", "2001:db8:1c0:2:21::"),
            ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::"), ("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"),
            ("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"), ("2001:db8:122:344::/96", "2001:db8:122:344::c000:221"),
            ("64:ff9b::/96", "64:ff9b::c000:221"))


def outside(lab, prefix="64:ff9b::/96", **dns64):
    return Outside(lab, RECORDS, LOCAL_RECORDS, SIGNED, dns64={"prefix": prefix, **dns64})


def addresses(reply):
    return [str(ipaddress.IPv6Address(record.rdata)) for record in reply.answer if record.type == "AAAA"]


def of_prefix(lab, row):
    prefix, address = row
    with outside(lab, prefix) as windlass:
        equal(addresses(windlass.ask(f"v4.{ZONE}", "AAAA")), [str(ipaddress.IPv6Address(address))], "AAAA")
        reverse = ipaddress.IPv6Address(address).reverse_pointer + "."
        answer = dig("dig", reverse, "PTR", "127.0.0.1", windlass.port)
        matches(answer.text, r"CNAME\s+33\.2\.0\.192\.in-addr\.arpa\.", "PTR")


suite.table(PREFIXES, of_prefix, title=lambda row: f"{row[0]}: an address and its way back")


@suite.test("dig and kdig: made where there is none, never where there is one; aliases, local zones, excluded AAAA")
def _made(lab):
    with outside(lab) as windlass:
        wanted = {f"v4.{ZONE}": "64:ff9b::c000:221", f"both.{ZONE}": "2001:db8::35", f"mapped.{ZONE}": "64:ff9b::c000:224",
                  f"alias.{ZONE}": "64:ff9b::c000:221", f"into.{ZONE}": "64:ff9b::c000:25a",
                  f"nas.{LOCAL}": "64:ff9b::c000:25a", f"out.{LOCAL}": "64:ff9b::c000:221", "ipv4only.arpa.": "64:ff9b::c000:aa"}
        for _ in range(2):                                        # from servers, from the cache
            for via in ("dig", "kdig", "kdig +tcp"):
                for name, address in wanted.items():
                    answer = dig(via, name, "AAAA", "127.0.0.1", windlass.port)
                    equal(answer.rcode, "NOERROR", f"{via} {name}")
                    check(address in answer.text.split(), f"{via} {name}: no {address} in {answer.text}")
                    equal(answer.text.count("AAAA"), 2 if name == "ipv4only.arpa." else 1, f"{via} {name}: addresses")
        for name, rcode in ((f"text.{ZONE}", "NOERROR"), (f"absent.{ZONE}", "NXDOMAIN"), (f"private.{ZONE}", "NOERROR")):
            reply = windlass.ask(name, "AAAA")
            equal((reply.rcode, addresses(reply)), (rcode, []), name)
        check(windlass.metric("dns64_answers_total") > 30, "answers counted")
        equal([record.ttl <= 7 for record in windlass.ask(f"short.{ZONE}", "AAAA").answer], [True], "the A's TTL")


@suite.test("a signed name: AD with DO, none without; with CD and DO what was found")
def _signed(lab):
    with outside(lab) as windlass:
        for _ in range(2):
            reply = windlass.ask("signed.", "AAAA", do=True)
            equal((addresses(reply), reply.ad), (["64:ff9b::c000:263"], True), "DO")
            reply = windlass.ask("signed.", "AAAA", do=False, ad=True)
            equal((addresses(reply), reply.ad), (["64:ff9b::c000:263"], False), "AD without DO")
            equal(addresses(windlass.ask("signed.", "AAAA", do=True, cd=True)), [], "CD and DO")
            equal(addresses(windlass.ask("signed.", "AAAA", do=False, cd=True)), ["64:ff9b::c000:263"], "CD alone")


@suite.test("only the clients that are to have it")
def _clients(lab):
    with outside(lab, clients=["127.0.0.2/32"]) as windlass:
        equal(addresses(windlass.ask(f"v4.{ZONE}", "AAAA")), [], "127.0.0.1")
        text = dig("dig", f"v4.{ZONE}", "AAAA", "127.0.0.1", windlass.port, "-b", "127.0.0.2").text
        check("64:ff9b::c000:221" in text, f"127.0.0.2: {text}")


@suite.test("off by default; private addresses that were taken out are not translated")
def _off(lab):
    with Outside(lab, RECORDS) as windlass:
        equal(addresses(windlass.ask(f"v4.{ZONE}", "AAAA")), [], "by default")
    with Outside(lab, RECORDS, dns64={"prefix": "2001:db8:64::/96"}, recursion={"rebinding_protection": []}) as windlass:
        reply = windlass.ask(f"private.{ZONE}", "AAAA")
        equal((addresses(reply), reply.ede_codes), ([], [15]), "with rebinding protection")
        equal(len(addresses(windlass.ask(f"v4.{ZONE}", "AAAA"))), 1, "a public address")
