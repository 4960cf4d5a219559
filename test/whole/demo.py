"""./dev demo: starts the mini-Internet and Windlass beside it, asks, judges, and prints what happened.

    python3 -m test.whole.demo --windlass PATH --windlassctl PATH [--hold] [--port N]

Exit code 0 only if every row holds. --hold keeps both up on 127.0.0.1 port 5300 until Ctrl-C.
"""
import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from ..internet import BROKEN_LINKS, CASES, InternetError, MiniInternet
from ..internet.servers import SEARCH
from . import ending
from .clients import delv, dig
from .local_zones import HOME, HOME_ZONE, write
from .windlass import Programs, Windlass, WindlassError

HOLD_PORT = 5300
COUNTED = ("queries_total", "responses_total", "upstream_queries_total", "cache_hits_total", "cache_misses_total",
           "dnssec_validations_total", "dnssec_bogus_total", "dnssec_signature_checks_total", "ede_total",
           "response_duration_seconds_count", "plugin_calls_total")


class Report:
    """Prints rows as they come and counts those that hold. Colour only on a terminal."""

    def __init__(self, out):
        self.out, self.passed, self.failed = out, 0, 0
        self.colour = out.isatty()

    def paint(self, text, code):
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def heading(self, text):
        self.say(f"\n{self.paint('== ' + text, 1)}")

    def say(self, text):
        ending.ask()
        print(text, file=self.out, flush=True)

    def row(self, holds, text, why=""):
        if holds:
            self.passed += 1
        else:
            self.failed += 1
        mark = self.paint("ok  ", 32) if holds else self.paint("FAIL", 31)
        self.say(f"{mark} {text}{'' if holds else '   <- ' + why}")


# ---- the questions ----------------------------------------------------------------------------------------------

COLUMNS = "{:31.31} {:6} {:19} {:19} {:8} {:8} {:>7}  {}"


def judge(case, answer, second_opinion):
    """What is wrong with an answer, in words; empty when it is right."""
    if answer.rcode != case.rcode:
        return f"{answer.rcode}, not {case.rcode}"
    if answer.verdict != case.verdict:
        return f"{answer.verdict}, not {case.verdict}"
    if case.ede and not set(case.ede) & set(answer.ede):
        return f"EDE {list(answer.ede)}, not {' or '.join(map(str, case.ede))}"
    if case.verdict == "secure" and answer.ede:
        return f"EDE {list(answer.ede)} with a secure answer"
    if case.rcode == "SERVFAIL" and not answer.ede:
        return "SERVFAIL without EDE"
    if case.has not in answer.text:
        return f"no {case.has!r} in the answer"
    if second_opinion != (case.delv or case.verdict):
        return f"delv says {second_opinion}"
    return ""


def with_ede(rcode, codes, joint):
    return rcode + (f" EDE {joint.join(map(str, codes))}" if codes else "")


def ask_row(report, case, windlass, net):
    answer = dig(case.via, case.name, case.type, "127.0.0.1", windlass.port)
    second = delv(case.name, case.type, "127.0.0.1", windlass.port, net.anchor_delv)
    wrong = judge(case, answer, second)
    report.row(not wrong, COLUMNS.format(case.name, case.type, with_ede(case.rcode, case.ede, "|"),
                                         with_ede(answer.rcode, answer.ede, ","), answer.verdict, second,
                                         f"{answer.ms:.1f}", case.note), wrong)


def ask_all(report, windlass, net):
    report.heading("Questions, asked with dig and kdig, judged by delv with the mini-root's key")
    report.say("     " + COLUMNS.format("question", "type", "expected", "got", "verdict", "delv", "ms", "what it shows"))
    for case in CASES:
        if net.ipv6 or not case.needs_ipv6:
            ask_row(report, case, windlass, net)


# ---- a local zone -----------------------------------------------------------------------------------------------

#                name                     type   rcode      the answer holds      AA     EDE  what it shows
LOCAL_ROWS = ((f"www.{HOME}",             "A",   "NOERROR", "192.0.2.80",         True,  (),  "from LMDB, authoritative"),
              (f"no.{HOME}",              "A",   "NXDOMAIN", "",                  True,  (),  "no such name"),
              (f"x.tree.{HOME}",          "TXT", "NXDOMAIN", "x.p256.example.",   None,  (),  "DNAME, and no such name outside"),
              (f"out.{HOME}",             "A",   "NOERROR", "192.0.2.80",         None,  (),  "CNAME chased to a validated name"),
              (f"bogus.{HOME}",           "A",   "SERVFAIL", "",                  False, (7,), "CNAME chased to a bogus name"),
              (f"www.sub.{HOME}",         "A",   "NOERROR", "192.0.2.80",         False, (),  "below a local delegation"),
              ("to-home.p256.example.",   "A",   "NOERROR", f"www.{HOME}",        False, (),  "an outside CNAME into it"))


def local_plugin(programs):
    return {"plugins": [{"name": "auth", "path": programs.auth, "config": {"store": "zones"}}]}


def shown(report, windlass, *words):
    """Runs windlassctl and shows what it said."""
    out = windlass.commanded(*words)
    report.say(f"     $ windlassctl {' '.join(words)}\n" + "".join(f"       {line}\n" for line in out.splitlines()).rstrip("\n"))


def create_local_zone(report, windlass):
    shown(report, windlass, "zone", "create", HOME, write(windlass.folder, "home.zone", HOME_ZONE))


def ask_local(report, windlass, row):
    name, rrtype, rcode, has, aa, ede, note = row
    answer = dig("dig", name, rrtype, "127.0.0.1", windlass.port)
    holds = (answer.rcode == rcode and not answer.ad and has in answer.text and aa in (None, answer.aa)
             and (not ede or set(ede) & set(answer.ede)))
    got = with_ede(answer.rcode, answer.ede, ",") + (" AA" if answer.aa else "")
    report.row(holds, f"{name:31.31} {rrtype:6} {with_ede(rcode, ede, '|'):19} {got:19} {answer.ms:7.1f}  {note}",
               f"answer {answer.text.strip()!r}")


def use_local_zone(report, windlass):
    report.heading("A local zone: made with windlassctl, asked, edited, asked again")
    create_local_zone(report, windlass)
    for row in LOCAL_ROWS:
        ask_local(report, windlass, row)
    for address in ("192.0.2.201", "192.0.2.202"):
        shown(report, windlass, "zone", "set", HOME, "www", "A", "300", address)
        ask_local(report, windlass, (f"www.{HOME}", "A", "NOERROR", address, True, (), "the edit, in the next query"))
    shown(report, windlass, "zone", "unset", HOME, "www")
    ask_local(report, windlass, (f"www.{HOME}", "A", "NXDOMAIN", "", True, (), "gone in the next query"))
    shown(report, windlass, "zone", "list")


# ---- the root's key rolls ---------------------------------------------------------------------------------------

def expect(report, windlass, name, rcode, verdict, what):
    answer = dig("dig", name, "A", "127.0.0.1", windlass.port)
    holds = answer.rcode == rcode and answer.verdict == verdict
    report.row(holds, f"{what}: {name} A -> {with_ede(answer.rcode, answer.ede, ',')}, {answer.verdict}, {answer.ms:.1f} ms",
               f"expected {rcode}, {verdict}")


def roll_key(report, windlass, net):
    report.heading("The mini-root changes its key; the operator reloads the anchor")
    pid = windlass.process.pid
    net.roll_root_key()
    windlass.commanded("cache", "flush-all")
    expect(report, windlass, "www.p256.example.", "SERVFAIL", "bogus", "new key, old anchor")
    net.write_anchors()
    shown = windlass.commanded("anchors", "reload")
    report.say("     $ windlassctl anchors reload\n" + "".join(f"       {line}\n" for line in shown.splitlines()).rstrip("\n"))
    expect(report, windlass, "www.p256.example.", "NOERROR", "secure", "new key, new anchor")
    expect(report, windlass, "no.p384.example.", "NXDOMAIN", "secure", "new key, new anchor")
    report.row(windlass.alive() and windlass.process.pid == pid, "the same process all the time", "it was restarted")


# ---- metrics ----------------------------------------------------------------------------------------------------

def show_metrics(report, windlass, before):
    report.heading(f"Metrics that changed ({windlass.metrics_url})")
    for name in COUNTED:
        now = windlass.metric(name)
        report.row(now > before[name], f"windlass_{name:34} {before[name]:8.0f} -> {now:8.0f}", "it did not count")
    promtool = shutil.which("promtool", path=os.environ.get("PATH", "") + ":" + SEARCH)
    if promtool is None:
        report.say("     promtool is not installed: the format was not judged")
        return
    said = subprocess.run([promtool, "check", "metrics"], input=windlass.metrics_text(), capture_output=True, text=True)
    words = (said.stdout + said.stderr).strip()
    report.row(said.returncode == 0 and not words, "promtool check metrics says nothing", words.replace("\n", "; ")[:300])


# ---- why --------------------------------------------------------------------------------------------------------

def failing_link(text):
    """The last line that is not empty: where `why` names what failed."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def ask_why(report, windlass):
    report.heading("windlassctl why: the failing link of each broken zone")
    for name, rrtype, zone, words in BROKEN_LINKS:
        code, out, err = windlass.control("why", name, rrtype)
        link = failing_link(out)
        named = zone.rstrip(".").lower() in link.lower() and any(word.lower() in link.lower() for word in words)
        report.row(named, f"{name:28} {link[:150]}", f"expected {zone} and one of {words}; {err.strip()[:200]}")


# ---- the whole --------------------------------------------------------------------------------------------------

def run_demo(report, windlass, net):
    before = {name: windlass.metric(name) for name in COUNTED}
    began = time.monotonic()
    ask_all(report, windlass, net)
    ask_why(report, windlass)
    use_local_zone(report, windlass)
    roll_key(report, windlass, net)
    show_metrics(report, windlass, before)
    code, seconds = windlass.stop()
    report.heading("The end")
    report.row(code == 0 and seconds < 2.0, f"SIGTERM: gone after {seconds:.2f} s with exit code {code}", "expected 0 within 2 s")
    report.say(f"     {time.monotonic() - began:.1f} s in all\n")


def hold(report, windlass, net):
    report.heading(f"Windlass on 127.0.0.1 port {windlass.port}; the mini-Internet is all there is; Ctrl-C ends both")
    for case in CASES:
        if case.verdict != "failed" and not case.needs_ipv6:
            report.say(f"  dig @127.0.0.1 -p {windlass.port} +dnssec {case.name:32} {case.type:6}  # {case.verdict}: {case.note}")
    create_local_zone(report, windlass)
    report.say(f"  dig @127.0.0.1 -p {windlass.port} www.{HOME}    # a local zone")
    control = f"{windlass.programs.windlassctl} --socket {windlass.settings['control']['socket']}"
    report.say(f"  {control} why www.expired.example A\n  {control} cache stats")
    report.say(f"  {control} zone set {HOME} www A 300 192.0.2.201\n  {control} zone records {HOME}")
    report.say(f"  curl {windlass.metrics_url}")
    report.say(f"  delv -a {net.anchor_delv} +root=. @127.0.0.1 -p {windlass.port} www.p256.example")
    while windlass.alive():
        ending.ask()
        time.sleep(0.2)
    raise WindlassError(f"windlass ended: {windlass.log_tail()}")


def options_of(arguments):
    parser = argparse.ArgumentParser(prog="demo", description=__doc__.splitlines()[0])
    parser.add_argument("--windlass", required=True, help="path of the program")
    parser.add_argument("--windlassctl", required=True, help="path of the control program")
    parser.add_argument("--hold", action="store_true", help="keep everything up until Ctrl-C")
    parser.add_argument("--port", type=int, default=0, help="port of the mini-Internet's servers (default: any free one)")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = options_of(arguments)
    ending.listen(signal.SIGINT, signal.SIGTERM)
    report = Report(sys.stdout)
    try:
        programs = Programs(os.path.abspath(options.windlass), os.path.abspath(options.windlassctl))
        with tempfile.TemporaryDirectory(prefix="windlass-demo-") as folder:
            with MiniInternet(os.path.join(folder, "internet"), options.port) as net:
                report.say(f"a mini-Internet of {len(net.zones)} zones on {len(net.hosts)} servers, port {net.port}"
                           + ("" if net.ipv6 else "; no IPv6 here: its rows are left out"))
                port = HOLD_PORT if options.hold else 0
                with Windlass(programs, net, os.path.join(folder, "windlass"), local_plugin(programs), port) as windlass:
                    (hold if options.hold else run_demo)(report, windlass, net)
    except SystemExit as ended:
        return 0 if options.hold and ended.code == 128 + signal.SIGINT else ended.code
    except (InternetError, WindlassError, OSError) as error:
        report.row(False, "the demo stopped", str(error))
    print(f"{report.passed} passed, {report.failed} failed")
    return 0 if report.failed == 0 and report.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
