#include "auth-plugin/zone/lint.hpp"

#include <algorithm>
#include <cstring>
namespace windlass::auth {
namespace {
using dns::Type;

constexpr std::size_t errors_most = 1000;
constexpr std::size_t tail_octets = 3;  // of a key: 00 | type

/// E(owner): a key without its 00 and type.
Octets owner_part(Octets key) noexcept {
  return key.first(key.size() - tail_octets);
}

bool equal(Octets a, Octets b) noexcept {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

/// One walk over the content, owner by owner.
class Lint {
 public:
  Lint(const ZoneContent& content, std::size_t warnings_most)
      : content_(content), warnings_most_(warnings_most) {}

  std::vector<Finding> run() {
    check_apex();
    for (std::size_t from = 0; from < content_.size();) {
      sets_.clear();
      const Octets owner = owner_part(content_[from].key);
      std::size_t to = from;
      for (; to < content_.size(); ++to) {
        const RRsetSlice set = content_[to];
        if (!equal(owner_part(set.key), owner)) break;
        sets_.push_back(set);
      }
      first_ = from;
      check_owner(owner);
      from = to;
    }
    say_rest();
    return std::move(findings_);
  }

 private:
  void say(bool error, const RRsetSlice& set, std::string text) {
    const std::size_t most = error ? errors_most : warnings_most_;
    std::size_t& count = error ? errors_ : warnings_;
    if (++count > most) return;
    const auto index = first_ + static_cast<std::size_t>(&set - sets_.data());
    findings_.push_back({error, dns::Name::from_proven(set.owner_wire), set.type,
                         content_.line_of(index), std::move(text)});
  }
  void say_rest();
  void check_apex();
  void check_owner(Octets owner);
  void check_own_rules();
  void check_covered(Octets owner);
  void check_host(const RRsetSlice& set, const dns::Name& host);
  bool has(const dns::Name& owner, Type type) const noexcept;

  const ZoneContent& content_;
  std::size_t warnings_most_;
  std::vector<Finding> findings_;
  std::size_t errors_ = 0, warnings_ = 0;
  std::vector<RRsetSlice> sets_;  ///< of the owner that is checked
  std::size_t first_ = 0;         ///< index of its first
  Octets cover_;                  ///< E() of the topmost cut or DNAME at or above, when covered_
  bool covered_ = false, dname_ = false;  ///< dname_: it is a DNAME
};

void Lint::say_rest() {
  for (const bool error : {true, false}) {
    const std::size_t count = error ? errors_ : warnings_;
    if (count <= (error ? errors_most : warnings_most_)) continue;
    findings_.push_back({error, content_.zone(), Type::none, 0,
                         std::to_string(count) + (error ? " errors" : " warnings") + " in all"});
  }
}

bool Lint::has(const dns::Name& owner, Type type) const noexcept {
  const auto key = Key::record(0, content_.zone(), owner, type);
  if (!key) return false;
  const Octets octets = key->octets().subspan(zid_octets);
  const std::size_t index = content_.lower_bound(octets);
  return index < content_.size() && equal(content_[index].key, octets);
}

void Lint::check_apex() {
  for (const Type type : {Type::soa, Type::ns}) {
    if (has(content_.zone(), type)) continue;
    ++errors_;
    findings_.push_back({true, content_.zone(), type, 0,
                         "no " + dns::to_text(type) + " at the apex " + content_.zone().to_text()});
  }
}

void Lint::check_owner(Octets owner) {
  check_own_rules();
  check_covered(owner);
  for (const RRsetSlice& set : sets_) {
    const auto index = first_ + static_cast<std::size_t>(&set - sets_.data());
    if (content_.ttls_differ(index) && set.type != Type::rrsig)
      say(false, set,
          "records with different TTLs: the least, " + std::to_string(set.ttl) +
              ", is used (RFC 2181 5.2)");
    each_host(set, [&](const dns::Name& host) { check_host(set, host); });
  }
}

void Lint::check_own_rules() {
  // Most owners hold what no rule looks at.
  const bool plain = std::all_of(sets_.begin(), sets_.end(), [](const RRsetSlice& set) {
    return (set.type == Type::a || set.type == Type::aaaa || set.type == Type::txt) &&
           set.rdatas.size() < 4096;
  });
  if (plain) return;
  for (Finding& found : lint_name(content_.zone(), sets_)) {
    const auto set = std::find_if(sets_.begin(), sets_.end(),
                                  [&](const RRsetSlice& s) { return s.type == found.type; });
    if (set != sets_.end()) say(found.error, *set, std::move(found.text));
  }
}

/// Keys below a cut follow it, before any other.
void Lint::check_covered(Octets owner) {
  if (covered_ && begins_with(owner, cover_)) {
    for (const RRsetSlice& set : sets_) {
      const bool glue = set.type == Type::a || set.type == Type::aaaa;
      if (dname_)
        say(false, set, "data below a DNAME is never seen (RFC 6672 2.4)");
      else if (!glue)
        say(false, set, "data below a delegation that is not glue is never seen");
    }
    return;
  }
  covered_ = false;
  const auto find = [&](Type type) {
    return std::any_of(sets_.begin(), sets_.end(), [&](auto& s) { return s.type == type; });
  };
  const bool cut = !owner.empty() && find(Type::ns);
  dname_ = !cut && find(Type::dname);
  covered_ = cut || dname_;
  cover_ = owner;
}

void Lint::check_host(const RRsetSlice& set, const dns::Name& host) {
  if (!host.is_at_or_below(content_.zone())) return;
  if (has(host, Type::a) || has(host, Type::aaaa)) return;
  if (has(host, Type::cname))
    return say(false, set, host.to_text() + " is a CNAME (RFC 2181 10.3)");
  if (set.type == Type::ns) say(false, set, host.to_text() + " is in the zone and has no address");
}
}  // namespace

std::string Finding::to_text() const {
  std::string out = owner.to_text();
  if (type != Type::none) out += ' ' + dns::to_text(type);
  if (line != 0) out += ", line " + std::to_string(line);
  return out + ": " + text;
}

std::vector<Finding> lint(const ZoneContent& content, std::size_t warnings_most) {
  return Lint(content, warnings_most).run();
}
}  // namespace windlass::auth
