#include "test/scenario/script.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>
#include <stdexcept>

#include "resolver/dns64.hpp"

namespace windlass::scenario {
namespace {
using dns::Name;
using dns::Rcode;
using dns::Type;
using Words = std::vector<std::string>;

struct Unreadable {
  ScriptError error;
};

class Reader {
 public:
  Reader(const std::string& text, std::string folder) : folder_(std::move(folder)) {
    load(text, 0);
  }

  Script read() {
    if (lines_.empty() || !lines_[0].starts_with("; "))
      fail("the first line must say what goes wrong if this fails");
    script_.purpose = lines_[0].substr(2);
    read_config();
    while (next()) {
      const std::string& word = words_[0];
      if (word == "SCENARIO_BEGIN") continue;
      if (word == "SCENARIO_END") return std::move(script_);
      if (word == "RANGE_BEGIN")
        read_range();
      else if (word == "ZONE_BEGIN")
        read_zone("ZONE_END");
      else if (word == "LOCAL_BEGIN")
        read_zone("LOCAL_END");
      else if (word == "STEP")
        read_step();
      else
        fail("unknown directive " + word);
    }
    fail("no SCENARIO_END");
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw Unreadable{{at_line(), what}}; }
  /// Line in the file itself; that of the INCLUDE for what came through it.
  std::size_t at_line() const { return at_ == 0 ? 1 : numbers_[at_ - 1]; }

  /// INCLUDE FILE stands for that file's lines.
  void load(const std::string& text, std::size_t included_at) {
    std::istringstream stream(text);
    std::size_t number = 0;
    for (std::string line; std::getline(stream, line);) {
      ++number;
      if (line.starts_with("INCLUDE ") && included_at == 0) {
        std::ifstream file(folder_ + "/" + line.substr(8));
        if (!file) throw Unreadable{{number, "cannot read " + line.substr(8)}};
        std::ostringstream all;
        all << file.rdbuf();
        load(all.str(), number);
        continue;
      }
      lines_.push_back(line);
      numbers_.push_back(included_at == 0 ? number : included_at);
    }
  }

  /// The next line that holds words; comments end at the line's end.
  bool next() {
    while (at_ < lines_.size()) {
      line_ = lines_[at_++];
      std::string bare = line_.substr(0, line_.find(';'));
      std::istringstream stream(bare);
      words_.clear();
      for (std::string word; stream >> word;) words_.push_back(word);
      if (!words_.empty()) return true;
    }
    return false;
  }
  void need(std::size_t words) const {
    if (words_.size() < words) fail(words_[0] + " needs more words");
  }
  void must_next() {
    if (!next()) fail("the file ends too early");
  }
  template <class T = int>
  T number(const std::string& text) const {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
      fail("expected a number, not " + text);
    return value;
  }
  Name name(const std::string& text) const {
    const auto name = Name::from_text(text);
    if (!name) fail("expected a name, not " + text);
    return *name;
  }
  Type type(const std::string& text) const {
    const auto type = dns::type_from_text(text);
    if (!type) fail("expected a type, not " + text);
    return *type;
  }
  IpAddress address(const std::string& text) const {
    const auto address = IpAddress::parse(text);
    if (!address) fail("expected an address, not " + text);
    return *address;
  }

  // Configuration

  void read_config() {
    while (next() && words_[0] != "CONFIG_END") configure();
    if (words_.empty() || words_[0] != "CONFIG_END") fail("no CONFIG_END");
  }

  bool yes() const {
    if (words_[1] != "yes" && words_[1] != "no") fail("expected yes or no");
    return words_[1] == "yes";
  }

  void configure() {
    need(2);
    const std::string& key = words_[0];
    auto& options = script_.resolver;
    if (key == "root-hint:") return add_root_hint();
    if (key == "anchor:") return script_.anchors.push_back(words_[1]);
    if (key == "forward:") return options.forwards.push_back(configured_zone());
    if (key == "stub:") return options.stubs.push_back(configured_zone());
    if (key == "view:") return add_view();
    if (key == "in-view:") return set_in_view();
    if (key == "limit:") return set_limit();
    if (key == "minimisation:") return set_minimisation();
    if (key == "disabled-algorithm:")
      return script_.validator.disabled_algorithms.push_back(number<std::uint8_t>(words_[1]));
    if (key == "rebinding-protection:") {
      auto& listed = options.rebinding_protection;
      if (!listed) listed.emplace();
      if (words_[1] != "on") listed->push_back(name(words_[1]));
      return;
    }
    if (key == "dns64:") return set_dns64();
    if (key == "special-names-except:")
      return options.special_names_except.push_back(name(words_[1]));
    if (key == "deny-upstream:") {
      const auto prefix = Prefix::parse(words_[1]);
      if (!prefix) fail("expected a prefix");
      return options.deny_upstream.push_back(*prefix);
    }
    const std::map<std::string, bool*> flags{{"priming:", &options.priming},
                                             {"case-randomisation:", &options.case_randomisation},
                                             {"aggressive-nsec:", &options.aggressive_nsec},
                                             {"serve-stale:", &options.serve_stale},
                                             {"prefetch:", &options.prefetch},
                                             {"special-names:", &options.special_names},
                                             {"ipv4:", &options.ipv4},
                                             {"ipv6:", &options.ipv6},
                                             {"validation:", &script_.validator.validation},
                                             {"key-tag-signal:", &script_.validator.key_tag_signal},
                                             {"sentinel:", &script_.validator.sentinel}};
    const auto flag = flags.find(key);
    if (flag == flags.end()) fail("unknown setting " + key);
    *flag->second = yes();
  }

  void set_dns64() {
    const auto prefix = Prefix::parse(words_[1]);
    if (!prefix || !resolver::is_translation_prefix(*prefix)) fail("no prefix of a translator");
    script_.resolver.dns64.prefix = prefix;
    script_.resolver.dns64.exclude = {*Prefix::parse("::ffff:0:0/96")};
  }

  void add_view() {
    resolver::ViewOptions view;
    view.name = words_[1];
    for (std::size_t i = 2; i < words_.size(); ++i) {
      const auto prefix = Prefix::parse(words_[i]);
      if (!prefix) fail("expected a prefix, not " + words_[i]);
      view.clients.push_back(*prefix);
    }
    script_.resolver.views.push_back(std::move(view));
  }

  /// What stands behind `in-view: NAME` is a line of its own for that view.
  void set_in_view() {
    need(4);
    auto& views = script_.resolver.views;
    const auto view =
        std::find_if(views.begin(), views.end(), [&](auto& one) { return one.name == words_[1]; });
    if (view == views.end()) fail("no view " + words_[1]);
    words_.erase(words_.begin(), words_.begin() + 2);
    set_in(*view);
  }

  void set_in(resolver::ViewOptions& view) {
    const std::string key = words_[0];
    const bool none = words_[1] == "none";
    if (key == "forward:" || key == "stub:") {
      auto& zones = key == "stub:" ? view.stubs : view.forwards;
      if (!zones) zones.emplace();
      if (!none) zones->push_back(configured_zone());
      return;
    }
    if (key == "special-names:") return view.special_names = yes(), void();
    if (key == "dns64:") return view.dns64.emplace(Prefix::parse(words_[1])), void();
    if (key == "rebinding-protection:")
      return view.rebinding_protection.emplace(std::in_place), void();
    auto* const names = key == "local-zone:"             ? &view.local_zones
                        : key == "special-names-except:" ? &view.special_names_except
                                                         : nullptr;
    if (names == nullptr) fail("unknown setting " + key + " in a view");
    if (!*names) names->emplace();
    if (!none) (*names)->push_back(name(words_[1]));
  }

  void add_root_hint() {
    resolver::RootServer server{name(words_[1]), {}};
    for (std::size_t i = 2; i < words_.size(); ++i) server.addresses.push_back(address(words_[i]));
    script_.resolver.root_hints.push_back(std::move(server));
  }

  resolver::ConfiguredZone configured_zone() const {
    resolver::ConfiguredZone zone{name(words_[1]), {}};
    for (std::size_t i = 2; i < words_.size(); ++i) {
      if (words_[i] == "first" || words_[i] == "tcp")
        (words_[i] == "first" ? zone.first : zone.tcp) = true;
      else
        zone.servers.push_back({address(words_[i]), 53});
    }
    return zone;
  }

  void set_limit() {
    need(3);
    const auto limit = find_limit(words_[1]);
    if (!limit || !script_.resolver.limits.set(*limit, number<std::int64_t>(words_[2])))
      fail("no such limit");
  }

  void set_minimisation() {
    using resolver::Minimisation;
    const std::map<std::string, Minimisation> modes{{"relaxed", Minimisation::relaxed},
                                                    {"strict", Minimisation::strict},
                                                    {"off", Minimisation::off}};
    const auto mode = modes.find(words_[1]);
    if (mode == modes.end()) fail("unknown minimisation");
    script_.resolver.minimisation = mode->second;
  }

  // Ranges and entries

  void read_range() {
    need(3);
    Range range{number(words_[1]), number(words_[2]), {}, {}};
    for (must_next(); words_[0] != "RANGE_END"; must_next()) {
      if (words_[0] == "ADDRESS") {
        for (std::size_t i = 1; i < words_.size(); ++i)
          range.addresses.push_back(address(words_[i]));
      } else if (words_[0] == "ENTRY_BEGIN") {
        range.entries.push_back(read_entry());
      } else {
        fail("unknown line in a range");
      }
    }
    script_.ranges.push_back(std::move(range));
  }

  Entry read_entry() {
    Entry entry;
    entry.line = at_line();
    for (must_next(); words_[0] != "ENTRY_END"; must_next()) {
      const Words words = words_;
      if (words[0] == "SECTION") {
        need(2);
        section_ = words[1];
      } else if (words[0] == "EDE_TEXT") {
        need(2);
        entry.ede_texts.push_back(line_.substr(line_.find("EDE_TEXT ") + 9));
      } else if (words[0] == "MATCH" || words[0] == "ADJUST" || words[0] == "REPLY") {
        for (std::size_t i = 1; i < words.size(); ++i) {
          if (words[0] == "MATCH")
            match_word(entry, words[i]);
          else if (words[0] == "ADJUST")
            adjust_word(entry, words[i]);
          else
            reply_word(entry, words[i]);
        }
      } else {
        record(entry);
      }
    }
    return entry;
  }

  void match_word(Entry& entry, const std::string& word) {
    Match& m = entry.match;
    if (word == "opcode") return;  // there is but one
    if (word == "all")
      m.rcode = m.flags = m.sections[0] = m.sections[1] = true;
    else if (word == "qname")
      m.qname = true;
    else if (word == "qtype")
      m.qtype = true;
    else if (word == "question")
      m.qname = m.qtype = true;
    else if (word == "subdomain")
      m.subdomain = true;
    else if (word == "UDP")
      m.tcp = false;
    else if (word == "TCP")
      m.tcp = true;
    else if (word == "EDNS")
      m.edns = true;
    else if (word == "noEDNS")
      m.edns = false;
    else if (word == "rcode")
      m.rcode = true;
    else if (word == "flags")
      m.flags = true;
    else if (word == "ttl")
      m.ttl = true;
    else if (word == "answer")
      m.sections[0] = true;
    else if (word == "authority")
      m.sections[1] = true;
    else if (word == "additional")
      m.sections[2] = true;
    else if (word == "ede=none")
      m.ede = Match::no_ede;
    else if (word.starts_with("ede="))
      m.ede = number(word.substr(4));
    else if (word.starts_with("ttl<="))
      m.ttl_most = number<std::uint32_t>(word.substr(5));
    else
      fail("unknown MATCH word " + word);
  }

  void adjust_word(Entry& entry, const std::string& word) {
    Adjust& a = entry.adjust;
    if (word == "copy_id")
      a.copy_id = true;
    else if (word == "copy_query")
      a.copy_query = true;
    else if (word == "silent")
      a.silent = true;
    else if (word == "lowercase")
      a.lowercase = true;
    else if (word == "network_error")
      a.network_error = true;
    else if (word == "twice")
      a.twice = true;
    else if (word == "torn")
      a.torn = true;
    else if (word.starts_with("sleep_ms="))
      a.sleep_ms = number<std::int64_t>(word.substr(9));
    else
      fail("unknown ADJUST word " + word);
  }

  void reply_word(Entry& entry, const std::string& word) {
    auto& h = entry.header;
    const std::map<std::string, bool*> flags{{"QR", &h.qr},
                                             {"AA", &h.aa},
                                             {"RD", &h.rd},
                                             {"RA", &h.ra},
                                             {"AD", &h.ad},
                                             {"CD", &h.cd},
                                             {"TC", &entry.tc},
                                             {"DO", &entry.dnssec_ok},
                                             {"CO", &entry.compact_ok}};
    static const std::map<std::string, Rcode> rcodes{
        {"NOERROR", Rcode::noerror},   {"FORMERR", Rcode::formerr}, {"SERVFAIL", Rcode::servfail},
        {"NXDOMAIN", Rcode::nxdomain}, {"NOTIMP", Rcode::notimp},   {"REFUSED", Rcode::refused},
        {"YXDOMAIN", Rcode::yxdomain}};
    if (const auto flag = flags.find(word); flag != flags.end())
      *flag->second = true;
    else if (const auto rcode = rcodes.find(word); rcode != rcodes.end())
      h.rcode = rcode->second;
    else
      fail("unknown REPLY word " + word);
  }

  void record(Entry& entry) {
    if (section_ == "QUESTION") {
      need(3);
      entry.question = dns::Question{name(words_[0]), type(words_.back()), dns::Class::in};
      return;
    }
    static const std::map<std::string, std::size_t> sections{
        {"ANSWER", 0}, {"AUTHORITY", 1}, {"ADDITIONAL", 2}};
    const auto at = sections.find(section_);
    if (at == sections.end()) fail("no section " + section_);
    const auto records = dns::parse_zone_text(line_ + "\n", Name{}, 3600);
    if (!records) fail(records.error().what);
    for (const auto& one : *records) entry.sections[at->second].push_back(one);
  }

  // Zones

  void read_zone(const std::string& end) {
    need(2);
    ZoneScript zone;
    zone.line = at_line();
    zone.apex = name(words_[1]);
    zone.local = words_[0] == "LOCAL_BEGIN";
    zone.to = std::numeric_limits<int>::max();
    if (zone.local && words_.size() == 4)
      zone.from = number(words_[2]), zone.to = number(words_[3]);
    for (must_next(); words_[0] != end; must_next()) zone_line(zone);
    script_.zones.push_back(std::move(zone));
  }

  void zone_line(ZoneScript& zone) {
    try {
      read_zone_line(zone, line_, words_);
    } catch (const std::runtime_error& wrong) { fail(wrong.what()); }
  }

  // Steps

  void read_step() {
    need(3);
    static const std::map<std::string, StepKind> kinds{
        {"QUERY", StepKind::query},
        {"CHECK_ANSWER", StepKind::check_answer},
        {"NO_ANSWER", StepKind::no_answer},
        {"TIME_PASSES", StepKind::time_passes},
        {"CHECK_PACKETS", StepKind::check_packets},
        {"CHECK_QUESTIONS", StepKind::check_questions},
        {"CHECK_LOG", StepKind::check_log},
        {"ANCHORS", StepKind::anchors},
        {"NTA", StepKind::nta}};
    const auto kind = kinds.find(words_[2]);
    if (kind == kinds.end()) fail("unknown step " + words_[2]);
    Step step;
    step.line = at_line();
    step.number = number(words_[1]);
    step.kind = kind->second;
    step.words.assign(words_.begin() + 3, words_.end());
    if (step.kind == StepKind::query && step.words.size() == 2 && step.words[0] == "FROM")
      step.from = address(step.words[1]);
    if (step.kind == StepKind::time_passes) {
      need(5);
      step.elapse_s = number<std::int64_t>(words_[4]);
    }
    using enum StepKind;
    if (step.kind == query || step.kind == check_answer) {
      must_next();
      if (words_[0] != "ENTRY_BEGIN") fail("expected ENTRY_BEGIN");
      step.entry = read_entry();
    }
    script_.steps.push_back(std::move(step));
  }

  std::string folder_;
  std::vector<std::string> lines_;
  std::vector<std::size_t> numbers_;
  std::size_t at_ = 0;
  std::string line_, section_;
  Words words_;
  Script script_;
};
}  // namespace

Result<Script, ScriptError> read_script(const std::string& text, const std::string& folder) {
  try {
    return Reader(text, folder).read();
  } catch (const Unreadable& failed) { return failed.error; }
}
}  // namespace windlass::scenario
