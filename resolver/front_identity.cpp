// Front: what it says of itself, as far as the operator wants: version and name as TXT of class
// CHAOS (RFC 4892), the name as NSID (RFC 5001).
#include <algorithm>
#include <array>

#include "resolver/front.hpp"

namespace windlass::resolver {
namespace {
struct ChaosRow {
  std::string_view name;
  std::string Identity::*text;
};
constexpr auto chaos_rows = std::to_array<ChaosRow>({
    {"version.bind.", &Identity::version},
    {"version.server.", &Identity::version},
    {"hostname.bind.", &Identity::name},
    {"id.server.", &Identity::name},
});

/// One TXT record's data: strings of up to 255 octets (RFC 1035 3.3.14).
std::vector<std::uint8_t> txt_of(std::string_view text) {
  std::vector<std::uint8_t> rdata;
  for (; !text.empty(); text.remove_prefix(std::min<std::size_t>(text.size(), 255))) {
    const std::string_view part = text.substr(0, 255);
    rdata.push_back(static_cast<std::uint8_t>(part.size()));
    rdata.insert(rdata.end(), part.begin(), part.end());
  }
  return rdata;
}
}  // namespace

/// nullopt: the question is no such one, or the operator says nothing: then it is refused like any
/// other of its class.
std::optional<Front::Taken> Front::identify(const ClientQuery& query, std::span<std::uint8_t> out) {
  const dns::Question& question = query.question;
  const bool asked = question.klass == dns::Class::ch &&
                     (question.type == dns::Type::txt || question.type == dns::Type::any);
  if (!asked) return std::nullopt;
  const auto row = std::find_if(chaos_rows.begin(), chaos_rows.end(), [&](const ChaosRow& one) {
    return question.name == dns::Name::literal(one.name);
  });
  if (row == chaos_rows.end()) return std::nullopt;
  const std::string& text = engine_.options().identity.*row->text;
  if (text.empty()) return std::nullopt;
  dns::MessageBuilder builder(out, limit_octets(query));
  builder.header({.id = query.id, .qr = true, .aa = true, .rd = query.rd, .cd = query.cd});
  builder.question(question);
  if (query.edns) builder.opt(opt_spec(query, dns::Rcode::noerror, nullptr));
  (void)builder.add_record(dns::Section::answer, question.name, dns::Type::txt, dns::Class::ch, 0,
                           txt_of(text));
  const auto message = builder.finish();
  count(query, dns::Rcode::noerror, nullptr, message.size());
  return Taken{Fate::answered, message};
}

/// NSID only for who asks for it (RFC 5001 2.1).
std::span<const std::uint8_t> Front::identity(const ClientQuery& query) const {
  const std::string& nsid = engine_.options().identity.nsid;
  if (!query.nsid) return {};
  return {reinterpret_cast<const std::uint8_t*>(nsid.data()), nsid.size()};
}
}  // namespace windlass::resolver
