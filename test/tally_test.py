"""The counting of test cases: what each runner prints, and that a failed program never counts as passed."""
import unittest

from test import tally


def entry(result, stdout=""):
    return {"name": "x", "result": result, "stdout": stdout}


class Tally(unittest.TestCase):
    def test_counts_what_each_runner_prints(self):
        for output, expected in (
                ("noise\n12 passed, 0 failed\n", (12, 0)),
                ("3 passed, 0 failed, 1 skipped\n9 passed, 0 failed\n", (9, 0)),
                ("All tests passed (40 assertions in 7 test cases)\n", (7, 0)),
                ("All tests passed (1 assertion in 1 test case)\n", (1, 0)),
                ("Ran 6 tests in 0.4s\n\nOK\n", (6, 0)),
                ("whatever\n", (1, 0)), ("", (1, 0))):
            self.assertEqual(tally.of_test(entry("OK", output)), expected, output)

    def test_failures_are_never_lost_negative(self):
        """[negative] Failing programs that count, that do not, and that claim to have passed."""
        for result, output, expected in (
                ("FAIL", "test cases:  10 |  8 passed | 2 failed\nassertions: 20 | 18 passed | 2 failed\n", (8, 2)),
                ("FAIL", "Ran 6 tests in 0.4s\n\nFAILED (failures=1, errors=2)\n", (3, 3)),
                ("FAIL", "5 passed, 2 failed\n", (5, 2)),
                ("FAIL", "All tests passed (40 assertions in 7 test cases)\n", (7, 1)),
                ("TIMEOUT", "", (0, 1)), ("ERROR", "", (0, 1)), ("UNEXPECTEDPASS", "", (0, 1))):
            self.assertEqual(tally.of_test(entry(result, output)), expected, output)

    def test_every_failure_is_told(self):
        rule, double = "-" * 79, "=" * 79
        catch = "%s\nA name\n  a section\n%s\nx_test.cpp:7\n%s\n\nx_test.cpp:9: FAILED:\n  CHECK( 1 == 2 )\n\n%s\n" % (
            rule, rule, "." * 79, double)
        python = "%s\nFAIL: test_it (x.Y)\n%s\nAssertionError: 1 != 2\n\n%s\nRan 1 test\n" % ("=" * 70, "-" * 70, "-" * 70)
        for output, expected in (
                ("ok   a\nFAIL b: no answer\n", ["b: no answer"]),
                (catch, ["A name a section: x_test.cpp:7 x_test.cpp:9: FAILED: CHECK( 1 == 2 )"]),
                (catch + catch, 2),
                (python, ["test_it (x.Y): AssertionError: 1 != 2"]),
                ("==7==ERROR: AddressSanitizer: heap-use-after-free\n", ["==7==ERROR: AddressSanitizer: heap-use-after-free"]),
                ("killed\n", ["killed"]), ("", ["it printed nothing"])):
            told = tally.failures(output)
            self.assertEqual(told if isinstance(expected, list) else len(told), expected, output)

    def test_a_skipped_program_is_neither(self):
        self.assertEqual(tally.of_test(entry("SKIP", "1 passed, 0 failed")), (0, 0))


if __name__ == "__main__":
    unittest.main()
