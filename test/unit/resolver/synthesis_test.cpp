// What is answered of names nobody asked for before, and what is not: behind a whole engine.
#include <catch2/catch.hpp>

#include "test/unit/resolver/signed_internet.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Rcode;
using dns::Type;

namespace {
const std::string apex = "example.org.";

/// A zone of one name; `asked` is what its server was asked.
struct Stage {
  SignedInternet internet;
  std::vector<dns::Name> asked;
  bool compact = false;

  Stage() {
    internet.add(apex, "www." + apex + " A 192.0.2.80\n");
    internet.tamper(apex, [this, zone = SignedZone(apex, {internet.key(apex)})](
                              const dns::Question& question, Response& response) {
      const std::string name = question.name.to_text();
      asked.push_back(question.name);
      if (!compact || response.rcode != Rcode::nxdomain) return;
      response.authority = {
          zone.soa(), zone.nsec(name, "\\000." + name, {Type::rrsig, Type::nsec, Type::nxname})};
    });
  }
  bool was_asked(const char* name) const {
    return std::find(asked.begin(), asked.end(), dns::Name::literal(name)) != asked.end();
  }
};
}  // namespace

TEST_CASE("What proves that a name is absent proves it of the names below",
          "[resolver][synthesis]") {
  Stage stage;
  FakeNet net(stage.internet.options(), stage.internet);
  CHECK(net.resolve("no.example.org.", Type::a)->rcode == Rcode::nxdomain);
  CHECK(net.resolve("a.no.example.org.", Type::a)->rcode == Rcode::nxdomain);
  CHECK(stage.was_asked("no.example.org."));
  CHECK_FALSE(stage.was_asked("a.no.example.org."));
}

TEST_CASE("A record of the absent name itself (RFC 9824) proves nothing of the names below",
          "[resolver][synthesis][negative]") {
  Stage stage;
  stage.compact = true;
  FakeNet net(stage.internet.options(), stage.internet);
  CHECK(net.resolve("no.example.org.", Type::a)->rcode == Rcode::nxdomain);
  CHECK(net.resolve("a.no.example.org.", Type::a)->rcode == Rcode::nxdomain);
  CHECK(stage.was_asked("a.no.example.org."));
}
