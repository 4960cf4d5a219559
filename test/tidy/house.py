"""The rules as tables. A new floor, library or ban is one row here."""
import re
from typing import NamedTuple

# A folder includes only folders of lower floors (docs/ARCHITECTURE.md).
FLOORS = {
    "include": 0, "base": 1, "crypto": 2, "dns": 3, "cache": 4, "validator": 4, "net": 4,
    "resolver": 5, "auth-plugin": 5, "control": 6, "conf": 7, "server": 8,
}
# Floors that see even less than their number allows.
SEES_ONLY = {"include": set(), "auth-plugin": {"include", "base", "crypto", "dns"}}

PURE = ("dns", "cache", "validator", "resolver")  # sans-I/O: no socket, timer, clock, file, thread
QUERY_PATH = ("base", "crypto", "dns", "cache", "validator", "net", "resolver")  # no exceptions
ALL = tuple(FLOORS)


class Library(NamedTuple):
    """A third-party library and the rooms that may include it; `files`: only these file stems."""
    header: str
    rooms: tuple
    files: str = ".*"
    package: str = ""


LIBRARIES = (
    Library(r"uv\.h$", ("net",), package="libuv1-dev"),
    Library(r"openssl/", ("crypto", "net"), package="libssl-dev"),
    Library(r"ldns/", ("dns",), files=r"ldns_\w+", package="libldns-dev"),
    Library(r"yaml-cpp/", ("conf",), package="libyaml-cpp-dev"),
    Library(r"prometheus/", ("control",), package="prometheus-cpp-dev"),
    Library(r"nlohmann/", ("control", "auth-plugin"), package="nlohmann-json3-dev"),
    Library(r"boost/beast|boost/asio", ("control",), package="libboost-dev"),
    Library(r"CLI/", ("control", "server"), package="libcli11-dev"),
    Library(r"lmdb\.h$", ("auth-plugin",), package="liblmdb-dev"),
    Library(r"catch2/", (), package="catch2"),
)


class Ban(NamedTuple):
    """A call or word that stands nowhere in `folders` but in files matching `allowed`."""
    what: str
    pattern: str
    folders: tuple
    allowed: str = r"$^"


BANS = (
    Ban("rand(): chance comes from base/rng.hpp", r"\b(?:s?rand|rand_r|drand48)\s*\(", ALL + ("test",)),
    Ban("std::random_device: chance comes from base/rng.hpp", r"\brandom_device\b", ALL + ("test",)),
    Ban("mt19937: guessable after 624 outputs; use base/rng.hpp", r"\bmt19937|\bdefault_random_engine\b", ALL),
    Ban("threads are started in net/ and server/ alone; a store has one that writes",
        r"\bstd::j?thread\b|\bpthread_create\b|\bstd::async\b", ALL, r"(net|server)/|auth-plugin/write/writer\."),
    Ban("catch (...) hides what failed", r"\bcatch\s*\(\s*\.\.\.\s*\)", ALL),
    Ban("exceptions on the query path; return a Result", r"\bthrow\b|\btry\s*\{|\bcatch\s*\(", QUERY_PATH),
    Ban("the kernel's randomness is read in crypto/ alone", r"\b(?:getrandom|getentropy|RAND_\w*bytes)\s*\(",
        ALL, r"crypto/"),
    Ban("the time is read in base/clock.cpp alone",
        r"\b(?:clock_gettime|gettimeofday|uv_clock_gettime)\s*\(|(?<![\w.>:])(?:::|std::)?time\s*\(\s*(?:0|nullptr|NULL|&|\))"
        r"|\b\w+_clock::now\b", ALL, r"base/clock\.cpp|auth-plugin/write/(commit|writer)\.cpp"),  # stamps in ns, waits
    Ban("the loop's own time is for net/: its timers and its lag", r"\buv_(?:now|hrtime)\s*\(", ALL, r"net/"),
    Ban("coroutines: miscompiled by g++ 12 (docs/adr)", r"\bco_(?:await|yield|return)\b", ALL + ("test",)),
    Ban("unbounded C string calls", r"\b(?:strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|strtok)\s*\(", ALL),
    Ban("starting other programs", r"(?<![\w.>])(?:std::)?(?:system|popen|fork|execv\w*)\s*\(", ALL,
        r"auth-plugin/write/verify\.cpp"),  # a damaged store ends the child that reads it
    Ban("using namespace in a whole file", r"^\s*using\s+namespace\s+std\b", ALL),
    Ban("sleeping blocks a whole worker", r"\b(?:sleep|usleep|nanosleep|sleep_for|sleep_until)\s*\(", ALL),
    Ban("std::regex: unbounded time and stack", r"\bstd::regex\b", ALL),
)

# What the pure floors must not include; ldns_* reads and writes zone and key files by its contract.
IO_HEADERS = re.compile(
    r"(?:thread|future|fstream|filesystem|iostream|random|chrono|ctime|time\.h|unistd\.h|fcntl\.h|poll\.h"
    r"|sys/(?:socket|time|epoll|stat|mman)\.h|netinet/.*|arpa/.*|pthread\.h)$")
IO_ALLOWED = r"dns/ldns_\w+\.cpp"

LONGEST_SOURCE = 500  # lines; longer ones are listed in long_files.txt with a reason
PRINTED = ("settings", "commands", "metrics", "limits", "responses", "failures", "special_names")

# Places of one machine: nothing in the project may name one. Split, so that this file does not.
MACHINE_PATHS = re.compile(r"(?<![\w.}])(?:%s)" % "|".join((
    "/wor" r"k/(?:main|shared|\.\w+)", "/ho" r"me/\w+", "/Use" r"rs/\w+", "/tm" r"p/b-", "/ro" r"ot/\w+")))
