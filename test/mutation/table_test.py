"""The check of the mutation tables finds rows that no longer fit."""
import os
import tempfile
import unittest

from . import table

CLAUSE = '[[clause]]\nid = "times"\nsays = "s"\nrfc = "RFC 4035"\ntests = [%s]\n'
MUTANT = '[[mutant]]\nid = "%s"\nclause = "%s"\nwhat = "w"\nfile = "validator/a.cpp"\nfind = "%s"\nreplace = "y"\n'
SCENARIO = "; what goes wrong (RFC 4035 5)\n"
UNIT = 'TEST_CASE("A long name "\n          "in two parts", "[x]") {}\n'


class Tree:
    """A small project with one clause and one mutant; each test spoils something."""

    def __init__(self, folder):
        self.root = folder
        self.put("validator/a.cpp", "if (x) return; // x1\n")
        self.put("test/unit/validator/a_test.cpp", UNIT)
        self.put("test/scenario/late.rpl", SCENARIO)
        self.put("test/mutation/clauses.toml", CLAUSE % '"unit: A long name in two parts", "scenario: late"')
        self.put("test/mutation/mutants/a.toml", MUTANT % ("m", "times", "if (x)"))

    def put(self, path, text):
        path = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


class CheckTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.tree = Tree(self.folder.name)

    def expect(self, *parts):
        findings = list(table.check(self.tree.root))
        self.assertEqual(len(findings), len(parts), findings)
        for finding, part in zip(findings, parts):
            self.assertIn(part, finding)

    def test_all_fits(self):
        self.expect()

    def test_text_gone(self):
        self.tree.put("validator/a.cpp", "if (y) return;\n")
        self.expect("stands there no more")

    def test_text_twice(self):
        self.tree.put("validator/a.cpp", "if (x) return;\nif (x) return;\n")
        self.expect("2 times")

    def test_file_gone(self):
        os.remove(os.path.join(self.tree.root, "validator/a.cpp"))
        self.expect("no such file")

    def test_changes_nothing(self):
        self.tree.put("test/mutation/mutants/a.toml", MUTANT.replace('"y"', '"if (x)"') % ("m", "times", "if (x)"))
        self.expect("changes nothing")

    def test_unit_test_gone(self):
        self.tree.put("test/unit/validator/a_test.cpp", "")
        self.expect("no unit test")

    def test_scenario_gone(self):
        os.remove(os.path.join(self.tree.root, "test/scenario/late.rpl"))
        self.expect("no scenario late")

    def test_scenario_without_its_source(self):
        self.tree.put("test/scenario/late.rpl", "; what goes wrong\n")
        self.expect("does not begin with")

    def test_clause_without_test_or_mutant(self):
        self.tree.put("test/mutation/clauses.toml", CLAUSE % "" + CLAUSE.replace("times", "ttl") % '"scenario: late"')
        self.expect("no test shows it", "clause ttl: no mutant")

    def test_property_gone(self):
        self.tree.put("test/simulate/properties.hpp", '#define P(ROW) \\\n  ROW(kept, "it holds") \\\n')
        self.tree.put("test/mutation/clauses_engine.toml", CLAUSE.replace("times", "simulated") % '"simulation: kept"')
        self.tree.put("test/mutation/mutants/b.toml", MUTANT % ("planted", "simulated", "x1"))
        self.expect()
        self.tree.put("test/simulate/properties.hpp", "")
        self.expect("no property 'kept'")

    def test_mutant_without_clause(self):
        self.tree.put("test/mutation/mutants/a.toml",
                      MUTANT % ("m", "times", "if (x)") + MUTANT % ("m2", "gone", "x1"))
        self.expect("no clause gone")

    def test_two_rows_of_one_name(self):
        self.tree.put("test/mutation/mutants/a.toml", 2 * (MUTANT % ("m", "times", "if (x)")))
        self.expect("m: two rows")

    def test_two_edits_of_one_file(self):
        edits = ('[[mutant]]\nid = "m"\nclause = "times"\nwhat = "w"\nedits = [\n'
                 '  {file = "validator/a.cpp", find = "if (x)", replace = ""},\n'
                 '  {file = "validator/a.cpp", find = "x1", replace = "x2"}]\n')
        self.tree.put("test/mutation/mutants/a.toml", edits)
        self.expect()
        mutant = table.mutants(self.tree.root)[0]
        self.assertEqual(table.mutated(self.tree.root, mutant), {"validator/a.cpp": " return; // x2\n"})


if __name__ == "__main__":
    unittest.main()
