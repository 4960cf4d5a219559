"""dig, kdig and delv as judges: what they were told, in one form."""
import re
import subprocess
from dataclasses import dataclass

from ..internet.servers import tool

CLIENT_SECONDS = 12
VALIDATION_EDES = frozenset({5, 6, 7, 8, 9, 10, 11, 12})   # RFC 8914: the codes that mean "validation failed"


@dataclass(frozen=True)
class Answer:
    rcode: str
    ad: bool
    ede: tuple          # codes
    text: str           # the answer section
    ms: float
    aa: bool = False

    @property
    def verdict(self):
        return verdict_of(self.rcode, self.ad, self.ede)


def verdict_of(rcode, ad, ede):
    if rcode == "SERVFAIL":
        return "bogus" if VALIDATION_EDES & set(ede) else "failed"
    return "secure" if ad else "insecure"


def run_client(*command, seconds=CLIENT_SECONDS):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, errors="replace",
                              stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return f"{command[0]} got no answer"
    return done.stdout + done.stderr


def _find(pattern, text, otherwise=""):
    found = re.search(pattern, text)
    return found.group(1) if found else otherwise


def dig(via, name, rrtype, address, port, *options):
    """Asks with dig or kdig (`via`: "dig", "kdig", "kdig +tcp") with DO set and returns an Answer."""
    program, *more = via.split()
    patience = ["-u", "+tries=1", "+time=10"] if program == "dig" else ["+retry=0", "+time=10"]
    text = run_client(tool(program), f"@{address}", "-p", str(port), name, rrtype, "+dnssec", *patience, *more, *options)
    took = float(_find(r"Query time: (\d+) usec", text, "0")) / 1000 or float(_find(r" in ([\d.]+) ms", text, "0"))
    flags = _find(r"(?i);; flags:([ a-z]*);", text).split()
    return Answer(rcode=_find(r"status: (\w+)", text, "no answer"), ad="ad" in flags, aa="aa" in flags,
                  ede=tuple(int(code) for code in re.findall(r"EDE: (\d+)", text)),
                  text=_find(r"(?s);; ANSWER SECTION:\n(.*?)\n\n", text), ms=took)


def delv(name, rrtype, address, port, anchor, root="."):
    """delv's own verdict on what it is given with CD set: secure, insecure, bogus, or failed when nothing comes."""
    return delv_verdict(delv_text(name, rrtype, address, port, anchor, "+cdflag", root=root))


def delv_text(name, rrtype, address, port, anchor, *options, root=".", seconds=CLIENT_SECONDS):
    return run_client(tool("delv"), "-a", anchor, f"+root={root}", f"@{address}", "-p", str(port), *options, name, rrtype,
                      seconds=seconds)


def delv_verdict(text):
    states = set(re.findall(r"(?m)^; (?:negative response, )?(fully validated|unsigned answer)", text))
    failure = _find(r"resolution failed: (.*)", text)
    if failure and not failure.startswith("ncache"):
        return "failed" if failure in ("SERVFAIL", "failure", "timed out", "operation canceled") else "bogus"
    if "unsigned answer" in states:
        return "insecure"
    return "secure" if states else "no answer"
