// Internet: what is true in it, and what clients ask for.
#include <algorithm>

#include "dns/rdata.hpp"
#include "test/simulate/internet.hpp"

namespace windlass::simulate {
namespace {
using dns::Name;
using dns::Type;
using test::Bytes;

constexpr unsigned zones_passed_most = 16;

/// A name of its own for each number.
Name numbered(std::string_view prefix, std::uint32_t number, const Name& zone) {
  return below(std::string(prefix) + std::to_string(number), zone);
}

bool ends_in_circle(const test::Response& response, const Name& at, Type type) {
  return type != Type::cname && type != Type::any &&
         std::ranges::any_of(response.answer, [&](const dns::RRsetPtr& set) {
           return set->type() == Type::cname && set->owner() == at;
         });
}
}  // namespace

std::size_t Internet::deepest(const Name& name, Type type) const {
  for (std::size_t labels = name.label_count() + 1; labels-- > 0;) {
    const auto at = by_apex_.find(name.suffix(labels));
    if (at == by_apex_.end()) continue;
    if (type == Type::ds && at->first == name && !name.is_root()) continue;
    return at->second;
  }
  return 0;
}

Expected Internet::expected(const Name& name, Type type) const {
  Expected out;
  Name at = name;
  out.hard = maze_ && name == *maze_;
  for (unsigned passed = 0; passed < zones_passed_most; ++passed) {
    const std::size_t index = deepest(at, type);
    const ModelZone& z = zones_[index];
    const test::Response response = z.zone.answer(at, type);
    out.secure = out.secure && z.secure;
    out.opt_out = out.opt_out || z.opt_out;
    for (const std::size_t host : z.hosts)
      out.forged_somewhere = out.forged_somewhere || spoils(hosts_[host].habit);
    for (const auto& [host, until] : z.left)
      out.forged_somewhere = out.forged_somewhere || spoils(hosts_[host].habit);
    out.rcode = response.rcode;
    for (const auto& set : response.answer) {
      const bool ticks = set->type() == Type::txt && set->owner() == below("tick", z.zone.apex());
      for (const auto rdata : set->rdata())
        out.answer.insert(ticks ? "tick"
                                : to_text(test::Record{set->owner(), set->type(), 0,
                                                       Bytes(rdata.begin(), rdata.end())}));
      if (set->type() == Type::cname && set->owner() == at && type != Type::cname)
        at = *dns::name_of(set->rdata().front());
    }
    out.last = at;
    out.hopeless =
        ends_in_circle(response, at, type) || std::ranges::any_of(loops_, [&](const Name& l) {
          return at.is_at_or_below(l) && !(type == Type::ds && at == l);
        });
    if (out.hopeless || deepest(at, type) == index) return out;
  }
  return out;
}

dns::Question Internet::pick(Rng& rng) const {
  const bool popular = rng.below(2) == 0;
  const auto all = static_cast<std::uint32_t>(zones_.size());
  const Name apex = zones_[rng.below(popular ? std::min<std::uint32_t>(all, 8) : all)].zone.apex();
  const std::uint32_t number = rng.below(1000);
  switch (rng.below(20)) {
    case 0:
      return {below("alias", apex), Type::a};
    case 1:
      return {below("ext", apex), Type::a};
    case 2:
      return {below("lost", apex), Type::a};
    case 3:
      return {below("deep", below("ent", apex)), Type::txt};
    case 4:
      return {below("ent", apex), Type::a};
    case 5:
      return {below("big", apex), Type::txt};
    case 6:
      return {numbered("w", number, below("wild", apex)), Type::a};
    case 7:
      return {below("www", below("dn", apex)), Type::a};
    case 8:
      return {numbered("no", number, apex), Type::a};
    case 9:
      return {below("www", apex), Type::aaaa};
    case 10:
      return {apex,
              std::array{Type::soa, Type::ns, Type::dnskey, Type::ds, Type::mx}[rng.below(5)]};
    case 11:
      return {below("ns0", apex), Type::a};
    case 12:
    case 13:
      return {below("tick", apex), Type::txt};
    case 14:
      if (number < 100) return {below("ring", apex), Type::a};
      if (number < 300) return {below("www", loops_[number % loops_.size()]), Type::a};
      [[fallthrough]];
    default:
      return {below("www", apex), Type::a};
  }
}

/// Many clients at once, as when a page is opened: all below one cut, some for the same name.
std::vector<dns::Question> Internet::pick_burst(Rng& rng) const {
  const Name apex = zones_[rng.below(static_cast<std::uint32_t>(zones_.size()))].zone.apex();
  const std::uint32_t kind = rng.below(costly_ ? 4 : 5);
  const std::uint32_t count = kind == 4 ? 80 + rng.below(120) : 4 + rng.below(24);
  std::vector<dns::Question> burst;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (kind == 0)  // one probe for all of them
      burst.push_back({numbered("x", rng.below(8), numbered("y", rng.below(2), apex)), Type::a});
    else if (kind == 1)
      burst.push_back({numbered("no", rng.below(1000), apex), Type::a});
    else if (kind == 2)
      burst.push_back({below("www", apex), rng.below(2) == 0 ? Type::a : Type::aaaa});
    else
      burst.push_back(pick(rng));
  }
  return burst;
}

std::optional<Tick> Internet::tick_of(const test::Record& record) const {
  if (record.type != Type::txt || record.rdata.size() != 17) return std::nullopt;
  const auto zone = by_apex_.find(record.owner.parent());
  if (zone == by_apex_.end() || !(record.owner == below("tick", zone->first))) return std::nullopt;
  std::uint64_t host = 0, age_ms = 0;
  for (std::size_t i = 1; i <= 8; ++i) host = host << 8 | record.rdata[i];
  for (std::size_t i = 9; i <= 16; ++i) age_ms = age_ms << 8 | record.rdata[i];
  return Tick{zone->second, static_cast<std::size_t>(host), static_cast<std::int64_t>(age_ms)};
}

std::string Internet::describe() const {
  std::size_t secure = 0, sure = 0;
  for (const auto& z : zones_) secure += z.secure ? 1 : 0;
  for (const auto& host : hosts_) sure += is_sure(host.habit) ? 1 : 0;
  return std::to_string(zones_.size()) + " zones (" + std::to_string(secure) + " secure), " +
         std::to_string(hosts_.size()) + " servers (" + std::to_string(sure) + " sure)";
}

std::string Internet::path_of(const Name& name) const {
  std::string out;
  for (std::size_t labels = 0; labels <= name.label_count(); ++labels) {
    const auto at = by_apex_.find(name.suffix(labels));
    if (at == by_apex_.end()) continue;
    const ModelZone& z = zones_[at->second];
    out += "\n    " + z.zone.apex().to_text() +
           (z.secure             ? " secure"
            : z.zone.is_signed() ? " signed"
                                 : "") +
           " at";
    for (const auto& ns : z.ns_names) out += " " + ns.to_text();
    out += ":";
    for (const std::size_t host : z.hosts)
      out += " " + hosts_[host].endpoint.address.to_text() + "=" +
             std::string(row_of(hosts_[host].habit).key);
  }
  return out;
}
}  // namespace windlass::simulate
