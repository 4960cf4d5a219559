// answer() takes no memory, once the reader's Scratch has its blocks.
#include <catch2/catch.hpp>

#include "test/unit/auth/answer_world.hpp"
#include "test/unit/cache/allocations.hpp"

using namespace windlass;
using namespace windlass::test;

TEST_CASE("Answers allocate nothing", "[auth][answer]") {
  const char* question =
      GENERATE("www.example.org. A", "nothing.example.org. A", "x.wild.example.org. MX",
               "x.cwild.example.org. A", "a.dn.example.org. A", "circle1.example.org. A",
               "x.secure.example.org. A", "x.insecure.example.org. A", "svc.example.org. HTTPS",
               "example.org. MX", "www.example.org. NXNAME", "www.example.org. ANY");
  const std::string_view text =
      GENERATE(example_org, example_org_nsec, example_org_nsec3, example_org_optout);
  AnswerWorld world;
  world.add("example.org.", text);
  auth::LocalQuestion asked{
      .question = question_of(question), .edns = true, .dnssec_ok = true, .octets_max = 1232};
  std::vector<std::uint8_t> out(1232);
  const auto once = [&] {
    world.reader().release();
    return auth::answer(asked, world.zones().zones()[0], world.zones(), world.reader(), {}, out);
  };
  once();
  const std::uint64_t before = cache::samples::allocations();
  const auth::Spoken spoken = once();
  CHECK(cache::samples::allocations() == before);
  CHECK(spoken.said == auth::Said::done);
}
