// The rules that bind the RRsets of one owner.
#include <algorithm>
#include <string>

#include "auth-plugin/zone/lint.hpp"
namespace windlass::auth {
namespace {
using dns::Type;

constexpr Type key{25};
constexpr std::size_t node_types_most = 255;  // what store/node.hpp counts in an octet
constexpr std::size_t message_octets = 65535, record_head_octets = 12;

/// The wire size of an RRset's records with compressed owners, and the header of their message.
std::size_t message_octets_of(const RRsetSlice& set) {
  return 12 + set.rdatas.size() - 2u * set.count + std::size_t{record_head_octets} * set.count;
}

/// Types that stand beside a CNAME: its DNSSEC records (RFC 4034 2.5, 3, 4; RFC 2535's KEY).
bool stands_beside_cname(Type type) {
  return type == Type::cname || type == Type::rrsig || type == Type::nsec || type == key;
}

bool is_number(Octets label) {
  return !label.empty() && label.size() <= 3 &&
         std::all_of(label.begin(), label.end(), [](auto c) { return c >= '0' && c <= '9'; });
}

/// True for 192.0.2.1. as a name, also with the zone behind it.
bool is_address(const dns::Name& name, const dns::Name& zone) {
  dns::Name rest = name;
  for (int i = 0; i < 4; ++i, rest = rest.parent())
    if (!is_number(rest.first_label())) return false;
  return rest.is_root() || rest == zone;
}

class NameRules {
 public:
  NameRules(const dns::Name& zone, std::span<const RRsetSlice> sets) : zone_(zone), sets_(sets) {
    owner_ = dns::Name::from_proven(sets.front().owner_wire);
  }
  std::vector<Finding> run() {
    for (const RRsetSlice& set : sets_) check(set);
    check_types();
    return std::move(findings_);
  }

 private:
  void say(bool error, Type type, std::string text) {
    findings_.push_back({error, owner_, type, 0, std::move(text)});
  }
  bool has(Type type) const {
    return std::any_of(sets_.begin(), sets_.end(), [&](auto& s) { return s.type == type; });
  }
  void check(const RRsetSlice& set);
  void check_cname(const RRsetSlice& set);
  void check_host(const RRsetSlice& set, const dns::Name& host);
  void check_signatures(const RRsetSlice& set);
  void check_beside_cut(const RRsetSlice& set);
  void check_iterations(const RRsetSlice& set);
  void check_types();

  const dns::Name& zone_;
  std::span<const RRsetSlice> sets_;
  dns::Name owner_;
  std::vector<Finding> findings_;
};

void NameRules::check(const RRsetSlice& set) {
  if (dns::is_meta(set.type)) say(true, set.type, "a type that is a question, never data");
  if (message_octets_of(set) > message_octets)
    say(true, set.type,
        "an RRset of " + std::to_string(set.count) + " records and " +
            std::to_string(message_octets_of(set)) + " octets fits no message");
  if (set.type == Type::soa && !(owner_ == zone_)) say(true, set.type, "a SOA below the apex");
  if (set.type == Type::soa && set.count > 1) say(true, set.type, "more than one SOA");
  if (set.type == Type::dname && set.count > 1)
    say(true, set.type, "more than one DNAME at a name (RFC 6672 2.4)");
  if (set.type == Type::cname) check_cname(set);
  each_host(set, [&](const dns::Name& host) { check_host(set, host); });
  if (set.type == Type::rrsig) check_signatures(set);
  if (set.type == Type::nsec3param) check_iterations(set);
  check_beside_cut(set);
}

/// hash algorithm 1 | flags 1 | iterations 2 | salt
void NameRules::check_iterations(const RRsetSlice& set) {
  constexpr unsigned allowed = 2500, trusted = 50;
  Octets rest = set.rdatas;
  unsigned iterations = 0;
  for (std::size_t i = 0; i < set.count; ++i) {
    const Octets rdata = take_rdata(rest);
    if (rdata.size() >= 4) iterations = std::max(iterations, unsigned{dns::word16(rdata, 2)});
  }
  const std::string text = std::to_string(iterations) + " iterations: ";
  if (iterations > allowed)
    say(true, set.type, text + "at most 2500 are allowed (RFC 5155 10.3)");
  else if (iterations > trusted)
    say(false, set.type, text + "validators treat the zone as insecure (RFC 9276 3.2)");
}

/// Signatures and NSEC3 stand beside a node's sets.
void NameRules::check_types() {
  std::size_t types = 0;
  Type first_too_many = Type::none;
  for (const RRsetSlice& set : sets_) {
    if (set.type == Type::rrsig || set.type == Type::nsec3) continue;
    if (++types == node_types_most + 1) first_too_many = set.type;
  }
  if (types > node_types_most)
    say(true, first_too_many, "more than 255 types at a name: " + std::to_string(types));
}

void NameRules::check_cname(const RRsetSlice& set) {
  if (set.count > 1) say(true, set.type, "more than one CNAME at a name (RFC 2181 10.1)");
  const auto other = std::find_if(sets_.begin(), sets_.end(),
                                  [](auto& s) { return !stands_beside_cname(s.type); });
  if (other != sets_.end())
    say(true, set.type,
        "a CNAME beside other data (" + dns::to_text(other->type) + "; RFC 1034 3.6.2)");
}

void NameRules::check_host(const RRsetSlice& set, const dns::Name& host) {
  if (is_address(host, zone_))
    say(true, set.type, "an address where a host's name belongs: " + host.to_text());
}

void NameRules::check_signatures(const RRsetSlice& set) {
  Octets rest = set.rdatas;
  Type told = Type::none;
  for (std::size_t i = 0; i < set.count; ++i) {
    const Octets rdata = take_rdata(rest);
    if (rdata.size() < 2) continue;
    const auto covered = static_cast<Type>(dns::word16(rdata, 0));
    if (covered == told || has(covered)) continue;
    told = covered;  // in canonical order those of a type stand together
    say(false, set.type, "a signature over " + dns::to_text(covered) + ", which is not here");
  }
}

void NameRules::check_beside_cut(const RRsetSlice& set) {
  if (set.type == Type::ds && owner_ == zone_)
    return say(false, set.type, "a DS at the apex: it belongs to the zone above");
  if (owner_ == zone_ || !has(Type::ns)) return;
  for (const Type type : {Type::ns, Type::ds, Type::nsec, Type::rrsig, Type::a, Type::aaaa})
    if (set.type == type) return;
  say(false, set.type, "data beside a delegation's NS: only the delegated zone can answer it");
}
}  // namespace

std::vector<Finding> lint_name(const dns::Name& zone, std::span<const RRsetSlice> sets) {
  if (sets.empty()) return {};
  return NameRules(zone, sets).run();
}
}  // namespace windlass::auth
