"""The checker itself: a small tree that keeps the rules, then one breach at a time that it must find.

Each case writes its files into a fresh folder, so no file of the project breaks a rule on purpose.
"""
import os
import stat
import tempfile
import unittest

from test.tidy import banned, floors, printed, shape, unused
from test.tidy.house import PRINTED

CLEAN = {
    "include/windlass/plugin.h": "#include <stddef.h>\n#include <stdint.h>\n",
    "base/clock.cpp": '#include "base/clock.hpp"\n#include <ctime>\nvoid f() { clock_gettime(0, nullptr); }\n',
    "base/clock.hpp": "#include <cstdint>\n",
    "base/limits.hpp": "  ROW(depth, 8)\n",
    "base/metrics.cpp": '  {M::queries_total, "queries_total"},\n',
    "crypto/rng.cpp": "#include <openssl/rand.h>\nint f() { return RAND_bytes(p, 1); }\n",
    "dns/name.hpp": '#include "base/clock.hpp"\n// rand() and time(0) in a comment, "throw" too\n',
    "dns/ldns_bridge.cpp": "#include <ldns/ldns.h>\n#include <fstream>\n",
    "net/loop.cpp": '#include <uv.h>\n#include <thread>\n#include "base/clock.hpp"\nstd::thread t;\n',
    "resolver/engine.cpp": '#include "cache/cache.hpp"\n#include "validator/validator.hpp"\nint x = wait_time(1);\n'
                           'const char* s = "catch (...) { throw }";\nlong big = 1\'000\'000;\nint runtime(int);\n',
    "auth-plugin/zone.cpp": '#include <lmdb.h>\n#include "dns/name.hpp"\n#include <windlass/plugin.h>\n',
    "conf/yaml.cpp": "#include <yaml-cpp/yaml.h>\ntry { load(); } catch (const YAML::Exception& e) {}\n",
    "test/unit/dns/name_test.cpp": '#include <catch2/catch.hpp>\n#include "dns/name.hpp"\n#include "test/support/x.hpp"\n',
    "docs/reference/limits.md": "| key | help |\n|---|---|\n| depth | how deep |\n",
    "docs/reference/metrics.md": "| name | help |\n|---|---|\n| windlass_queries_total | queries |\n",
    "docs/adr/0001-x.md": "# X\n## Context\na\n## Options\nb\n## Decision\nc\n## Revisit when\nd\n",
    "packaging/packages.txt": "# group package\nbuild libuv1-dev\nbuild libssl-dev\nbuild libldns-dev\nbuild liblmdb-dev\n"
                              "build libyaml-cpp-dev\nbuild catch2\n",
    "README.md": "`libuv1-dev` `libssl-dev` `libldns-dev` `liblmdb-dev` `libyaml-cpp-dev` `catch2` [adr](docs/adr/0001-x.md)\n",
    "dev": "#!/usr/bin/env bash\necho ok\n",
}

# rule, file, its content, what the finding must say.
BREACHES = (
    (floors, "dns/up.cpp", '#include "cache/cache.hpp"', "dns (floor 3) includes cache/cache.hpp"),
    (floors, "cache/side.cpp", '\n\n#include "validator/v.hpp"', "cache (floor 4) includes validator/v.hpp"),
    (floors, "auth-plugin/peek.cpp", '#include "cache/cache.hpp"', "auth-plugin (floor 5) includes cache"),
    (floors, "dns/near.cpp", '#include "name.hpp"', 'from the project root: "dns/name.hpp"'),
    (floors, "dns/lost.cpp", '#include "nowhere/x.hpp"', "no such floor"),
    (floors, "base/angle.hpp", "#include <dns/name.hpp>", "base (floor 1) includes dns"),
    (floors, "test/unit/dns/up_test.cpp", '#include "server/worker.hpp"', "dns (floor 3) includes server"),
    (floors, "include/windlass/bad.h", "#include <stdlib.h>", "only <stdint.h>"),
    (floors, "resolver/loop.cpp", "#include <uv.h>", "<uv.h> belongs to net"),
    (floors, "server/tls.cpp", "#include <openssl/ssl.h>", "<openssl/ssl.h> belongs to crypto and net"),
    (floors, "dns/name.cpp", "#include <ldns/ldns.h>", "belongs to dns"),
    (floors, "server/json.cpp", "#include <nlohmann/json.hpp>", "belongs to control"),
    (floors, "dns/assert.cpp", "#include <catch2/catch.hpp>", "belongs to test"),
    (floors, "cache/file.cpp", "#include <fstream>", "without sockets"),
    (floors, "validator/now.cpp", "#include <chrono>", "without sockets"),
    (banned, "dns/dice.cpp", "int x = rand();", "rand()"),
    (banned, "test/simulate/dice.cpp", "std::random_device d;", "random_device"),
    (banned, "resolver/id.cpp", "std::mt19937 g;", "mt19937"),
    (banned, "control/spawn.cpp", "std::thread t;", "threads"),
    (banned, "server/all.cpp", "try { f(); } catch ( ... ) {}", "catch (...)"),
    (banned, "cache/throwing.cpp", "void f() { throw 1; }", "exceptions"),
    (banned, "net/trying.cpp", "void f() { try { g(); } catch (int) {} }", "exceptions"),
    (banned, "net/entropy.cpp", "getrandom(p, 1, 0);", "randomness"),
    (banned, "server/now.cpp", "auto t = std::chrono::steady_clock::now();", "the time"),
    (banned, "cache/now.cpp", "auto t = time(nullptr);", "the time"),
    (banned, "base/other.cpp", "clock_gettime(CLOCK_REALTIME, &ts);", "the time"),
    (banned, "server/lag.cpp", "auto t = uv_hrtime();", "the loop's own time"),
    (banned, "resolver/co.cpp", "co_await x;", "coroutines"),
    (banned, "dns/copy.cpp", "strcpy(a, b);", "C string"),
    (banned, "server/shell.cpp", 'system("ls");', "other programs"),
    (banned, "net/wait.cpp", "std::this_thread::sleep_for(1s);", "sleeping"),
    (printed, "base/limits.hpp", "  ROW(depth, 8)\n  ROW(forgotten, 1)", "forgotten"),
    (printed, "base/metrics.cpp", '  {M::lost_total, "lost_total"},', "lost_total"),
    (printed, "docs/reference/limits.md", "| depth | |", "without an explanation"),
    (shape, "dns/long.cpp", "\n" * 501, "more than 500"),
    (shape, "test/tidy/long_files.txt", "dns/name.hpp no longer true", "not that long"),
    (shape, "docs/note.md", "see /ho" + "me/someone/notes", "a path of one machine"),
    (shape, "test/broken.py", "def f(:", "python"),
    (shape, "dev", "#!/usr/bin/env bash\nif true; then", "bash"),
    (shape, "docs/ARCHITECTURE.md", "[gone](nowhere.md)", "dead link"),
    (shape, "docs/ARCHITECTURE.md", "first `dns/name.hpp`, then `dns/gone.cpp`", "no such file: dns/gone.cpp"),
    (shape, "docs/adr/0002-y.md", "# Y\n## Context\n## Decision\n", "an ADR has the parts"),
    (shape, "net/more.cpp", "#include <prometheus/counter.h>", "prometheus-cpp-dev is not in"),
    (shape, "packaging/packages.txt", "build libuv1-dev\nbuild knot", "what package knot"),
)


def tree(root, files):
    for path, content in files.items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(content)


def fake_windlass(root, says):
    """A program that prints `says` for every --print-reference."""
    path = os.path.join(root, "windlass")
    with open(path, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\nprintf '%s' '" + says + "'\n")
    os.chmod(path, stat.S_IRWXU)
    return path


class Tidy(unittest.TestCase):
    def test_a_clean_tree_has_no_finding(self):
        with tempfile.TemporaryDirectory() as root:
            tree(root, CLEAN)
            for rule in (floors, banned, printed, shape):
                self.assertEqual([str(f) for f in rule.check(root)], [], rule.__name__)

    def test_each_breach_is_found_alone_negative(self):
        """[negative] The clean tree with one file changed gives a finding in that file, with that text."""
        for rule, path, content, text in BREACHES:
            with self.subTest(path=path, says=text), tempfile.TemporaryDirectory() as root:
                tree(root, {**CLEAN, path: content + "\n"})
                found = [str(f) for f in rule.check(root)]
                self.assertTrue(any(text in f for f in found), "%s: %s" % (path, found))

    def test_the_line_is_right(self):
        with tempfile.TemporaryDirectory() as root:
            tree(root, {"cache/side.cpp": '/* two\nlines */\n#include "validator/v.hpp"\nint x = rand();\n'})
            self.assertEqual([f.line for f in floors.check(root)], [3])
            self.assertEqual([f.line for f in banned.check(root)], [4])

    def test_a_long_file_with_a_reason_is_allowed(self):
        with tempfile.TemporaryDirectory() as root:
            tree(root, {"dns/long.cpp": "\n" * 501, "test/tidy/long_files.txt": "dns/long.cpp a table of vectors\n"})
            self.assertEqual(list(shape.check_length(root)), [])

    def test_unused_rows_are_told(self):
        with tempfile.TemporaryDirectory() as root:
            tree(root, {**CLEAN, "resolver/use.cpp": "limits[Limit::depth]; // Metric::queries_total\n"})
            self.assertEqual(list(unused.notes(root)), ["note: rows of base/metrics.cpp that no code uses: queries_total"])

    def test_documents_equal_what_is_printed(self):
        with tempfile.TemporaryDirectory() as root:
            tree(root, {"docs/reference/%s.md" % what: "| a | b |\n" for what in
                        PRINTED})
            self.assertEqual(list(printed.check_equal(root, fake_windlass(root, "| a | b |\n"))), [])

    def test_documents_that_differ_negative(self):
        """[negative] Another line, a missing document and a binary that prints nothing."""
        with tempfile.TemporaryDirectory() as root:
            tree(root, {"docs/reference/limits.md": "| a | b |\n| c | d |\n"})
            found = {f.path: f for f in printed.check_equal(root, fake_windlass(root, "| a | b |\n| c | e |\n"))}
            self.assertEqual(found["docs/reference/limits.md"].line, 2)
            self.assertEqual(len(found), len(PRINTED))
            silent = list(printed.check_equal(root, fake_windlass(root, "")))
            self.assertEqual(len(silent), len(PRINTED))


if __name__ == "__main__":
    unittest.main()
