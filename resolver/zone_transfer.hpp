#pragma once
/// ZoneTransfer: the messages of one AXFR (RFC 5936) become the records of one zone. Octets in,
/// records out; asks nobody.
///
///    SOA | records, in any number of messages | the same SOA
///
/// Untrusted until somebody has verified it: of what it holds only the shape is proven, that its
/// two SOAs are one, and that it is not larger than allowed.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dns/ldns_bridge.hpp"
#include "dns/message_view.hpp"
#include "dns/name.hpp"
namespace windlass::resolver {

using ZoneRecords = std::vector<dns::ZoneRecord>;

/// Asks for the zone's SOA, whole.
std::vector<std::uint8_t> soa_question(const dns::Name& zone, std::uint16_t id);
/// The serial in the reply to that; nullopt: it has none.
std::optional<std::uint32_t> serial_in(std::span<const std::uint8_t> reply, const dns::Name& zone,
                                       std::uint16_t id);

class ZoneTransfer {
 public:
  enum class Word : std::uint8_t { more, done, failed };
  /// `octets_most`: memory of the records.
  ZoneTransfer(dns::Name zone, std::uint16_t id, std::size_t octets_most)
      : zone_(std::move(zone)), id_(id), octets_most_(octets_most) {}
  /// The question, whole.
  std::vector<std::uint8_t> question() const;
  /// The next message. After done or failed no more may come.
  Word take(std::span<const std::uint8_t> message);
  /// failed: what was expected instead; done and more: empty.
  const std::string& trouble() const noexcept { return trouble_; }
  /// done: all records, the SOA once and first.
  ZoneRecords take_records() { return std::move(records_); }

 private:
  Word fail(std::string what);
  bool take(const dns::RecordView& record);
  dns::Name zone_;
  std::uint16_t id_;
  std::size_t octets_most_, octets_ = 0;
  bool done_ = false;
  ZoneRecords records_;
  std::vector<std::uint8_t> rdata_;
  std::string trouble_;
};
}  // namespace windlass::resolver
