#pragma once
/// Judge: holds what clients got, and what is left at the end, against the properties.
#include <string>
#include <vector>

#include "test/simulate/internet.hpp"
#include "test/simulate/run.hpp"
#include "test/simulate/weather.hpp"
namespace windlass::simulate {

struct Asked {
  test::FakeNet::ClientId client = 0;
  dns::Question question;
  test::QuerySpec spec;
};

/// A sleep of the machine: data under way grows older by it.
struct Sleep {
  std::int64_t age_ms, lasts_ms;
};

class Judge {
 public:
  Judge(const Internet& internet, test::FakeNet& net, const Weather& weather,
        const std::vector<Sleep>& sleeps, RunResult& result)
      : internet_(internet), net_(net), weather_(weather), sleeps_(sleeps), result_(result) {}

  void answer(const Asked& asked);
  /// After the last answer: what must not be strained too often, and what is left.
  void end();

 private:
  void fail(Property property, const std::string& what) { result_.failures.tell(property, what); }
  void compare(const Asked& asked, const std::string& line, const test::Decoded& got);
  void servfail(const Asked& asked, const std::string& line, const test::Decoded& got,
                const Expected& expected);
  void ticks(const std::string& line, const test::ClientLog& log, const test::Decoded& got,
             bool stale);
  bool no_marks(const std::string& line, const test::Decoded& got);
  // audit.cpp
  void audit_cache();
  void audit_entry(const dns::Name& name, cache::Partition partition, const cache::Entry& entry);
  void audit_servers();
  void audit_size();

  const Internet& internet_;
  test::FakeNet& net_;
  const Weather& weather_;
  const std::vector<Sleep>& sleeps_;
  RunResult& result_;
  std::string strained_;
};
}  // namespace windlass::simulate
