#include "test/scenario/play.hpp"

#include <algorithm>
#include <deque>
#include <iostream>
#include <set>
#include <stdexcept>

#include "server/negative_keeper.hpp"
#include "test/scenario/script_servers.hpp"

namespace windlass::scenario {
namespace {
using test::Bytes;
using test::Decoded;
using test::FakeNet;

constexpr std::array<std::string_view, 3> section_names{"answer", "authority", "additional"};

struct Failed {
  std::string what;
};

validator::TrustAnchors::Ptr anchors_of(const ScriptServers& servers,
                                        const std::vector<std::string>& zones,
                                        const validator::TrustAnchors& before) {
  std::vector<validator::Anchor> anchors;
  for (const std::string& text : zones) {
    const dns::Name apex = dns::Name::literal(text);
    const test::Zone* zone = servers.zone(apex);
    if (!zone || !zone->is_signed())
      throw std::runtime_error("no signed zone for the anchor " + text);
    const test::Key& key = zone->keys().front();
    anchors.push_back({apex, {validator::AnchorKey{true, zone->ds(), key.tag(), key.algorithm()}}});
  }
  return before.with_anchors(std::move(anchors));
}

std::string joined(const std::multiset<std::string>& lines) {
  std::string out;
  for (const auto& line : lines) out += (out.empty() ? "" : " | ") + line;
  return out.empty() ? "nothing" : out;
}

/// The literal parts of `form` stand in `text` in their order, the first and last at its ends.
bool is_like(std::string_view form, std::string_view text) {
  bool first = true;
  for (;;) {
    const auto gap = form.find('{');
    const auto part = form.substr(0, gap);
    if (gap == form.npos) return first ? text == part : text.ends_with(part);
    const auto at = text.find(part);
    if (at == text.npos || (first && at != 0)) return false;
    text.remove_prefix(at + part.size());
    form.remove_prefix(form.find('}') + 1);
    first = false;
  }
}

class Player {
 public:
  Player(const Script& script, const PlayOptions& options, std::set<Fault>& told)
      : script_(script),
        options_(options),
        told_(told),
        servers_(script, options.verbose),
        net_(net_options(), servers_),
        negatives_(negative_tools(), net_.clock()) {
    negatives_.configure({script.validator.validation, "", {}, script.resolver.limits});
  }

  void play() {
    for (const Step& step : script_.steps) {
      step_ = &step;
      servers_.set_step(step.number);
      take(step);
    }
    net_.run();
    if (const std::string leaks = net_.leaks(); !leaks.empty()) fail("left at the end: " + leaks);
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Failed{"line " + std::to_string(step_->line) + ": " + what};
  }

 private:
  test::NetOptions net_options() {
    test::NetOptions net;
    net.workers = options_.workers;
    net.seed = options_.seed;
    net.resolver = script_.resolver;
    net.validator = script_.validator;
    anchors_ = anchors_of(servers_, script_.anchors, *validator::TrustAnchors::make({}, {}));
    net.anchors = anchors_;
    net.local = servers_.local();
    return net;
  }

  void take(const Step& step) {
    switch (step.kind) {
      case StepKind::query:
        return ask(step);
      case StepKind::check_answer:
        return check_answer(step.entry);
      case StepKind::no_answer:
        return check_no_answer();
      case StepKind::time_passes:
        return pass(step.elapse_s);
      case StepKind::check_packets:
        return check_packets(step.words);
      case StepKind::check_log:
        return check_log(step.words);
      case StepKind::check_questions:
        return check_questions(step.words);
      case StepKind::nta:
        return change_negative(step.words);
      case StepKind::anchors:
        return use(anchors_of(servers_, step.words, *anchors_));
    }
  }

  void ask(const Step& step) {
    const Entry& entry = step.entry;
    if (!entry.question) fail("a query needs a question");
    test::QuerySpec spec;
    spec.id = static_cast<std::uint16_t>(step_->number);
    spec.rd = entry.header.rd;
    spec.ad = entry.header.ad;
    spec.cd = entry.header.cd;
    spec.dnssec_ok = entry.dnssec_ok;
    spec.compact_ok = entry.compact_ok;
    spec.payload_octets = 4096;
    const dns::Name name = servers_.tagged(entry.question->name);
    const Bytes query = test::make_query(name, entry.question->type, spec);
    waiting_.push_back(
        net_.ask(query, static_cast<unsigned>(net_.clients()) % options_.workers, true, step.from));
  }

  Decoded next_answer() {
    if (waiting_.empty()) fail("no query is left to check");
    const FakeNet::ClientId client = waiting_.front();
    waiting_.pop_front();
    net_.run_until_answered(client);
    const auto answer = net_.answer(client);
    if (!answer) fail("no answer");
    return *answer;
  }

  void check_no_answer() {
    if (waiting_.empty()) fail("no query is left");
    if (net_.log(waiting_.front()).answers != 0) fail("there is an answer already");
  }

  void check_answer(const Entry& entry) {
    const Decoded got = next_answer();
    if (options_.verbose) std::cerr << "  answer " << describe(got) << "\n";
    const Match& m = entry.match;
    if (got.ede) told_.insert(fault_like(*got.ede));
    if (m.rcode && got.rcode != entry.header.rcode)
      fail("expected " + dns::to_text(entry.header.rcode) + ", got " + describe(got));
    if (m.flags) check_flags(entry, got);
    if (m.ede && (got.ede ? static_cast<int>(got.ede->code) : Match::no_ede) != *m.ede)
      fail("expected EDE " + std::to_string(*m.ede) + ", got " + describe(got));
    for (const std::string& text : entry.ede_texts)
      if (!got.ede || got.ede->text.find(text) == std::string::npos)
        fail("expected an EDE with \"" + text + "\", got " + describe(got));
    for (std::size_t i = 0; i < 3; ++i)
      if (m.sections[i]) check_section(entry, got, i);
    for (const auto& record : got.sections[0])
      if (m.ttl_most && record.ttl > *m.ttl_most)
        fail("TTL " + std::to_string(record.ttl) + " of " + to_text(record));
  }

  static std::string describe(const Decoded& got) {
    std::multiset<std::string> lines;
    for (const auto& record : got.sections[0]) lines.insert(to_text(record));
    std::string out =
        dns::to_text(got.rcode) + (got.header.ad ? " AD" : "") + " [" + joined(lines) + "]";
    if (got.ede)
      out += " EDE " + std::to_string(static_cast<int>(got.ede->code)) + " " + got.ede->text;
    return out;
  }

  void check_flags(const Entry& entry, const Decoded& got) const {
    const auto& a = entry.header;
    const auto& b = got.header;
    const auto one = [&](const char* flag, bool expected, bool is) {
      if (expected != is)
        fail(std::string(flag) + (is ? " is set" : " is not set") + ": " + describe(got));
    };
    one("QR", a.qr, b.qr);
    one("AA", a.aa, b.aa);
    one("TC", entry.tc, got.tc);
    one("RD", a.rd, b.rd);
    one("RA", a.ra, b.ra);
    one("AD", a.ad, b.ad);
    one("CD", a.cd, b.cd);
  }

  /// RRSIG, NSEC and NSEC3 are left out: their octets are made at play.
  void check_section(const Entry& entry, const Decoded& got, std::size_t section) const {
    std::multiset<std::string> expected, is;
    for (const auto& record : entry.sections[section])
      expected.insert(line_of(
          {servers_.tagged(record.owner), record.type, record.ttl, record.rdata}, entry.match.ttl));
    for (const auto& record : got.sections[section])
      if (record.type != dns::Type::rrsig && record.type != dns::Type::nsec &&
          record.type != dns::Type::nsec3)
        is.insert(line_of(record, entry.match.ttl));
    if (expected == is) return;
    fail(std::string(section_names[section]) + ": expected " + joined(expected) + "; got " +
         joined(is) + "; " + dns::to_text(got.rcode) + (got.ede ? ", EDE " + got.ede->text : ""));
  }

  static std::string line_of(const test::Record& record, bool ttl) {
    return to_text(record) + (ttl ? " ttl " + std::to_string(record.ttl) : "");
  }

  server::NegativeTools negative_tools() {
    return {[this](const dns::Name& name, const auto& then) { look_below(name, then); },
            [this](std::vector<validator::NegativeAnchor> negative, const auto& then) {
              use(anchors_->with_negative(std::move(negative)));
              then();
            }};
  }

  void use(validator::TrustAnchors::Ptr anchors) {
    anchors_ = std::move(anchors);
    net_.set_anchors(anchors_);
  }

  void look_below(const dns::Name& name, const server::NegativeTools::Looked& then) {
    const auto done = [this, name, then](const resolver::Answer& answer) {
      const auto seen = resolver::look_at(answer);
      if (options_.verbose) std::cerr << "  below " << name.to_text() << " " << seen.found << "\n";
      then(seen);
    };
    if (!net_.in_background(resolver::look_below(name, *anchors_), done)) then(std::nullopt);
  }

  /// Time; while negative anchors stand, their keeper's clock ticks.
  void pass(std::int64_t seconds) {
    for (; seconds > 0; --seconds) {
      if (negatives_.standing().empty()) return net_.run_for(seconds * 1'000'000);
      net_.run_for(1'000'000);
      negatives_.tick();
    }
  }

  /// NTA ADD NAME SECONDS [FORCED] | REMOVE NAME
  void change_negative(const std::vector<std::string>& words) {
    const auto done = [this](const auto& outcome) {
      if (!outcome) fail(outcome.error().text);
    };
    if (words.size() == 2 && words[0] == "REMOVE")
      return negatives_.remove(dns::Name::literal(words[1]), done);
    if (words.size() < 3 || words[0] != "ADD")
      fail("NTA ADD NAME SECONDS [FORCED] | NTA REMOVE NAME");
    const bool forced = words.size() > 3 && words[3] == "FORCED";
    negatives_.add(
        {dns::Name::literal(words[1]), std::stoll(words[2]), "a scenario says so", forced}, done);
  }

  /// CHECK_QUESTIONS TYPE <=|==|>= N: of that type, to anybody, since the last such check.
  void check_questions(const std::vector<std::string>& words) {
    const auto type = words.size() == 3 ? dns::type_from_text(words[0]) : std::nullopt;
    if (!type) fail("CHECK_QUESTIONS TYPE <=|==|>= N");
    compare(words, servers_.questions(*type), "questions of type ");
  }

  /// CHECK_PACKETS ADDRESS|* <=|==|>= N: questions sent there since the last such check of it.
  void check_packets(const std::vector<std::string>& words) {
    if (words.size() != 3) fail("CHECK_PACKETS ADDRESS|* <=|==|>= N");
    const std::uint64_t all =
        words[0] == "*" ? net_.packets()
                        : net_.packets_to(IpAddress::parse(words[0]).value_or(IpAddress{}));
    compare(words, all, "packets to ");
  }

  void compare(const std::vector<std::string>& words, std::uint64_t all, const char* what) {
    const std::uint64_t sent = all - std::exchange(counted_[words[0]], all);
    const std::uint64_t bound = std::stoull(words[2]);
    const bool holds = words[1] == "<="   ? sent <= bound
                       : words[1] == ">=" ? sent >= bound
                                          : sent == bound;
    if (options_.verbose) std::cerr << "  " << sent << " " << what << words[0] << "\n";
    if (!holds) fail(std::to_string(sent) + " " + what + words[0]);
  }

  /// CHECK_LOG N WORDS: N lines about bogus verdicts since the last such check, WORDS in each.
  void check_log(const std::vector<std::string>& words) {
    if (words.empty()) fail("CHECK_LOG N WORDS");
    std::string part;
    for (std::size_t i = 1; i < words.size(); ++i) part += (i > 1 ? " " : "") + words[i];
    const auto& lines = net_.bogus();
    const std::size_t from = std::exchange(logged_, lines.size());
    if (lines.size() - from != std::stoull(words[0]))
      fail(std::to_string(lines.size() - from) + " lines in the log" +
           (lines.size() > from ? ", the last: " + lines.back() : ""));
    for (std::size_t i = from; i < lines.size(); ++i)
      if (lines[i].find(part) == std::string::npos) fail("the log says: " + lines[i]);
  }

  const Script& script_;
  const PlayOptions options_;
  std::set<Fault>& told_;
  ScriptServers servers_;
  validator::TrustAnchors::Ptr anchors_;
  FakeNet net_;
  server::NegativeKeeper negatives_;
  const Step* step_ = nullptr;
  std::deque<FakeNet::ClientId> waiting_;
  std::map<std::string, std::uint64_t> counted_;
  std::size_t logged_ = 0;
};
}  // namespace

Fault fault_like(const dns::Ede& ede) {
  for (const FaultRow& row : fault_table)
    if (row.ede == static_cast<std::uint16_t>(ede.code) && is_like(row.text, ede.text))
      return row.id;
  return Fault::none;
}

std::string play(const Script& script, const PlayOptions& options, std::set<Fault>& told) {
  try {
    Player(script, options, told).play();
    return {};
  } catch (const Failed& failed) { return failed.what; } catch (const std::exception& error) {
    return error.what();
  }
}
}  // namespace windlass::scenario
