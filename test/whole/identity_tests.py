"""What a resolver says of itself (CHAOS TXT, NSID), asked by dig and kdig."""
from ..internet.servers import tool
from .clients import run_client
from .local import load, with_zones
from .suite import Suite, check, equal, matches
from .windlass import as_yaml

suite = Suite("identity")
NAMES = ("version.bind", "version.server", "hostname.bind", "id.server")


def chaos(windlass, name, program="dig"):
    return run_client(tool(program), "@127.0.0.1", "-p", str(windlass.port), name, "TXT", "CH",
                      *(("+noedns",) if program == "dig" else ()))


def nsid(windlass, program="dig"):
    return run_client(tool(program), "@127.0.0.1", "-p", str(windlass.port), "localhost", "A", "+nsid")


@suite.test("off by default: class CH is refused, NSID is not answered")
def _off(lab):
    for name in NAMES:
        matches(chaos(lab.shared, name), r"status: REFUSED", name)
    check("NSID" not in nsid(lab.shared).partition("ANSWER")[0].partition("OPT PSEUDOSECTION")[2], "NSID was told")


@suite.test("NSID with answers of local zones too")
def _local(lab):
    with with_zones(lab, identity={"nsid": "ns1"}) as windlass:
        load(windlass, "lab.home.arpa.", "@ 60 SOA ns h 1 3600 600 864000 60\n@ 60 NS ns\nns 60 A 192.0.2.1\n")
        for _ in range(2):                                  # kept answers have none of it
            windlass.ask("ns.lab.home.arpa.")
            said = run_client(tool("dig"), "@127.0.0.1", "-p", str(windlass.port), "ns.lab.home.arpa", "A", "+nsid")
            matches(said, r"NSID: .*ns1", "a local zone's answer")
            matches(said, r"192\.0\.2\.1", "its data")


@suite.test("as configured, by dig and kdig; a reload changes it")
def _told(lab):
    with lab.fresh(identity={"version": "one", "name": "ns1.example", "nsid": "ns1"}) as windlass:
        for program in ("dig", "kdig"):
            for name in NAMES:
                said = chaos(windlass, name, program)
                matches(said, r"status: NOERROR", f"{program} {name}")
                matches(said, r'"one"' if name.startswith("version") else r'"ns1\.example"', f"{program} {name}")
            matches(nsid(windlass, program), r'NSID: .*ns1', program)
        windlass.settings["identity"] = {"version": "off", "name": "ns2.example"}
        windlass.write_config(as_text(windlass))
        windlass.commanded("config", "reload")
        matches(chaos(windlass, "version.bind"), r"status: REFUSED", "switched off")
        matches(chaos(windlass, "id.server"), r'"ns2\.example"', "changed")
        equal(nsid(windlass).count("NSID: "), 0, "NSID switched off")


def as_text(windlass):
    """`off` must stand unquoted."""
    return as_yaml(windlass.settings).replace('"off"', "off")
