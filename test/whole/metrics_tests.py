"""The metrics page: form, families, and that they count what happened."""
import os
import shutil
import socket
import subprocess
import urllib.error
import urllib.request

from ..internet.servers import SEARCH
from .suite import Skipped, Suite, check, equal, matches

suite = Suite("metrics")
FAMILIES = """build_info start_time_seconds config_last_reload_success config_last_reload_time_seconds queries_total
queries_by_type_total responses_total response_source_total response_duration_seconds response_size_bytes
queries_dropped_total ede_total inflight_resolutions inflight_clients coalesced_queries_total cache_entries cache_bytes
cache_limit_bytes cache_hits_total cache_misses_total cache_evictions_total upstream_queries_total
upstream_responses_total upstream_rtt_seconds upstream_servers resolution_queries limit_exceeded_total
dnssec_validations_total dnssec_bogus_total dnssec_signature_checks_total dnssec_nsec3_hashes_total trust_anchor_state
negative_trust_anchors event_loop_lag_seconds event_loop_busy_seconds_total""".split()


@suite.test("promtool check metrics has nothing to say")
def _promtool(lab):
    promtool = shutil.which("promtool", path=os.environ.get("PATH", "") + ":" + SEARCH)
    if promtool is None:
        raise Skipped("promtool is not installed")
    lab.shared.ask("www.p256.example.")
    said = subprocess.run([promtool, "check", "metrics"], input=lab.shared.metrics_text(), capture_output=True, text=True)
    equal((said.returncode, said.stdout + said.stderr), (0, ""), "exit code and output")


@suite.test("every family is there with HELP and TYPE")
def _families(lab):
    text = lab.shared.metrics_text()
    missing = [name for name in FAMILIES if f"# TYPE windlass_{name} " not in text or f"# HELP windlass_{name} " not in text]
    check(not missing, f"missing: {', '.join(missing)}")
    check("process_" in text, "no process_ metrics")


@suite.test("content type of the text format; other paths are not found")
def _http(lab):
    with urllib.request.urlopen(lab.shared.metrics_url, timeout=5) as page:
        matches(page.headers["Content-Type"], r"^text/plain", "Content-Type")
    try:
        urllib.request.urlopen(lab.shared.metrics_url.replace("/metrics", "/other"), timeout=5)
        raise AssertionError("/other was served")
    except urllib.error.HTTPError as error:
        equal(error.code, 404, "status of /other")


#      question                                how                what grows by exactly one
COUNTS = (
    (("www.p256.example.", "A"),               {},                ("queries_total", 'proto="udp"')),
    (("www.p256.example.", "A"),               {"tcp": True},     ("queries_total", 'proto="tcp"')),
    (("www.p256.example.", "AAAA"),            {},                ("queries_by_type_total", 'qtype="AAAA"')),
    (("www.p256.example.", "A"),               {},                ("responses_total", 'rcode="NOERROR"')),
    (("no.p256.example.", "A"),                {},                ("responses_total", 'rcode="NXDOMAIN"')),
    (("www.expired.example.", "A"),            {},                ("responses_total", 'rcode="SERVFAIL"')),
    (("www.expired.example.", "A"),            {},                ("ede_total", 'code="7"')),
    (("www.p256.example.", "A"),               {"version": 1},    ("responses_total", 'rcode="BADVERS"')),
    (("www.p256.example.", "A"),               {"rd": False},     ("responses_total", 'rcode="REFUSED"')),
)


def counts(lab, row):
    question, how, (family, label) = row
    lab.shared.ask(*question, **how)
    before = lab.shared.metric(family, label)
    lab.shared.ask(*question, **how)
    equal(lab.shared.metric(family, label), before + 1, f"{family}{{{label}}}, from {before}")


suite.table(COUNTS, counts, title=lambda row: f"{row[2][0]}{{{row[2][1]}}} counts {' '.join(row[0])}")


@suite.test("a cached answer counts as a hit and no upstream query")
def _hit(lab):
    lab.shared.ask("www.p256.example.")
    hits, upstream = lab.shared.metric("cache_hits_total"), lab.shared.metric("upstream_queries_total")
    lab.shared.ask("www.p256.example.")
    check(lab.shared.metric("cache_hits_total") > hits, "no hit counted")
    equal(lab.shared.metric("upstream_queries_total"), upstream, "upstream queries")


@suite.test("the page has no name of a query and no address of a server in it")
def _private(lab):
    lab.shared.ask("www.p256.example.")
    text = lab.shared.metrics_text()
    check("p256" not in text and "127.54." not in text, "a name or an address is in it")


@suite.test("a client of /metrics that says nothing holds up nobody")
def _silent_client(lab):
    address, port = lab.shared.metrics_url.split("/")[2].split(":")
    with socket.create_connection((address, int(port))) as lazy:
        lazy.sendall(b"GET /met")
        check("windlass_" in lab.shared.metrics_text(), "no page")
