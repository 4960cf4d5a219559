#pragma once
/// Transfer: a whole zone as a stream of messages (RFC 5936): SOA, all records, SOA.
///
/// Over TCP, for the prefixes of transfer_allow alone. IXFR is answered as AXFR (RFC 1995 4), or by
/// the SOA alone when the secondary is not behind. One snapshot from the first message to the last:
/// it is held open; how many streams, and how long, the host bounds (limits plugin_streams,
/// plugin_stream_time).
#include <algorithm>
#include <memory>

#include "auth-plugin/instance.hpp"
#include "auth-plugin/question.hpp"
#include "auth-plugin/transfer/zone_walk.hpp"
namespace windlass::auth {

/// Names are compressed by offsets below 16384: longer messages would only be larger.
inline constexpr std::size_t transfer_message_octets = 16'383;

/// Why a transfer is not begun; noerror: it is.
struct Refusal {
  dns::Rcode rcode = dns::Rcode::noerror;
  const dns::Ede* ede = nullptr;
};
/// REFUSED before all else, so that a stranger learns nothing; NOTAUTH below an apex, or under
/// TSIG, for which there are no keys.
Refusal refusal_of(const Options& options, const ZoneFacts& zone, const windlass_query& query);
const dns::Ede& transfers_need_tcp();

class Transfer {
 public:
  /// Borrows the instance.
  static StoreResult<std::unique_ptr<Transfer>> open(Instance& instance,
                                                     std::shared_ptr<const ZoneMap> map,
                                                     const ZoneFacts& zone,
                                                     const LocalQuestion& asked,
                                                     const windlass_query& query);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  /// As windlass_plugin.stream_next.
  std::int32_t next(windlass_reply& reply);

 private:
  enum class Phase : std::uint8_t { first_soa, records, last_soa, done };
  Transfer(Instance& instance, std::shared_ptr<const ZoneMap> map, const ZoneFacts& zone,
           const LocalQuestion& asked);
  StoreStatus begin(const windlass_query& query);
  /// The octets of a message of at most `limit`; 0: not one record fits.
  StoreResult<std::size_t> fill(std::span<std::uint8_t> out, std::size_t limit);
  void put_head(dns::MessageBuilder& message, dns::OptSpec& opt) const;
  StoreResult<bool> put_one(dns::MessageBuilder& message);  ///< false: it did not fit
  std::int32_t failed(const std::string& why);

  Instance& instance_;
  std::shared_ptr<const ZoneMap> map_;  ///< zone_ is part of it
  const ZoneFacts& zone_;
  LocalQuestion asked_;
  std::unique_ptr<ServeReader> reader_;
  std::unique_ptr<ZoneWalk> walk_;
  Phase phase_ = Phase::first_soa;
  bool soa_alone_ = false, first_message_ = true;
};
}  // namespace windlass::auth
