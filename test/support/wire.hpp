#pragma once
/// Messages as tests see them: whole, decoded, comparable. For tests only: allocates freely.
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dns/edns.hpp"
#include "dns/message_builder.hpp"
#include "dns/message_view.hpp"
#include "dns/rrset.hpp"
namespace windlass::test {

using Bytes = std::vector<std::uint8_t>;

struct Record {
  dns::Name owner;
  dns::Type type = dns::Type::none;
  std::uint32_t ttl = 0;
  Bytes rdata;  ///< uncompressed
};
/// Presentation form without the TTL; owner in lower case.
std::string to_text(const Record& record);

struct Decoded {
  dns::HeaderSpec header;
  bool tc = false;
  dns::Rcode rcode = dns::Rcode::noerror;
  dns::Question question;
  std::array<std::vector<Record>, 3>
      sections;  ///< answer, authority, additional; the OPT is not in
  bool edns = false, dnssec_ok = false, compact_ok = false;
  std::uint16_t payload_octets = 512;
  std::optional<dns::Ede> ede;

  const std::vector<Record>& in(dns::Section section) const {
    return sections[static_cast<std::size_t>(section)];
  }
};
/// nullopt when MessageView refuses it or it holds no question.
std::optional<Decoded> decode(std::span<const std::uint8_t> octets);

struct QuerySpec {
  std::uint16_t id = 1;
  bool rd = true, ad = false, cd = false, edns = true, dnssec_ok = false, compact_ok = false;
  std::uint16_t payload_octets = 1232;
};
Bytes make_query(const dns::Name& name, dns::Type type, const QuerySpec& spec = {});

/// What a server says, before it is written.
struct Response {
  bool aa = true;
  dns::Rcode rcode = dns::Rcode::noerror;
  std::vector<dns::RRsetPtr> answer, authority, additional;
};
/// The message for `query` within its size limits (TC when it does not fit).
Bytes write_response(const Decoded& query, const Response& response, bool tcp);
}  // namespace windlass::test
