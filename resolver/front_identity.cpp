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
  if (query.edns) builder.opt(opt_for(query, nullptr));
  (void)builder.add_record(dns::Section::answer, question.name, dns::Type::txt, dns::Class::ch, 0,
                           txt_of(text));
  const auto message = builder.finish();
  count(query, dns::Rcode::noerror, nullptr, message.size());
  return Taken{Fate::answered, message};
}

/// NSID only for who asks for it (RFC 5001 2.1).
dns::OptSpec Front::opt_for(const ClientQuery& query, const dns::Ede* ede) const {
  const std::string& nsid = engine_.options().identity.nsid;
  dns::OptSpec spec{
      .payload_octets = static_cast<std::uint16_t>(engine_.limits()[Limit::edns_size]),
      .dnssec_ok = query.dnssec_ok,
      .ede = ede};
  if (query.nsid) spec.nsid = {reinterpret_cast<const std::uint8_t*>(nsid.data()), nsid.size()};
  return spec;
}

/// A finished message in `out` gets the option behind the others, where its OPT is the last record
/// and there is room. Octets of it then.
std::size_t Front::with_nsid(const ClientQuery& query, std::size_t octets,
                             std::span<std::uint8_t> out) const {
  const std::string& nsid = engine_.options().identity.nsid;
  const std::size_t grown = octets + 4 + nsid.size();
  if (!query.nsid || nsid.empty() || grown > std::min(out.size(), limit_octets(query)))
    return octets;
  const auto view = dns::MessageView::parse(out.first(octets));
  const auto opt = view ? view->opt() : std::nullopt;
  if (!opt || opt->options.data() + opt->options.size() != out.data() + octets) return octets;
  const std::size_t length_at = octets - opt->options.size() - 2;
  const auto put = [&](std::size_t at, std::size_t word) {
    out[at] = static_cast<std::uint8_t>(word >> 8);
    out[at + 1] = static_cast<std::uint8_t>(word);
  };
  put(length_at, opt->options.size() + 4 + nsid.size());
  put(octets, static_cast<std::size_t>(dns::Option::nsid));
  put(octets + 2, nsid.size());
  std::copy(nsid.begin(), nsid.end(), out.begin() + static_cast<std::ptrdiff_t>(octets + 4));
  return grown;
}
}  // namespace windlass::resolver
