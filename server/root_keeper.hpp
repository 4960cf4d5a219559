#pragma once
/// RootKeeper: a copy of the root zone, kept fresh (RFC 8806): fetched by AXFR, verified, handed to
/// the workers, asked after as the root's SOA says, and taken away when nobody confirms it any
/// more.
///
///   idle --due--> asking the SOA --same serial------------> confirmed --> idle
///                   |  (no copy yet: straight to AXFR)
///                   +--other--> fetching --> verified ----> in force  --> idle
///                                  +--> refused: the next source, then idle until root_copy_retry
///
/// Lives on the control loop. Whatever fails, the root servers are asked as without it.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/rng.hpp"
#include "net/upstream_tcp.hpp"
#include "resolver/root_copy.hpp"
namespace windlass::server {

struct RootKeeperSettings {
  std::vector<Endpoint> sources;  ///< servers that give the zone away; none: no copy is kept
  validator::ValidatorOptions validator;
  Limits limits;
};

class RootKeeper final : net::UpstreamTcpSink {
 public:
  struct Tools {
    std::function<void(resolver::RootCopyPtr)> publish;  ///< to every worker; nullptr: none
    std::function<validator::TrustAnchors::Ptr()> anchors;
  };
  /// `from`: addresses to ask from; none: the system chooses.
  RootKeeper(net::Loop& loop, Rng& rng, const Clock& clock, Metrics& metrics,
             std::vector<IpAddress> from, Tools tools)
      : tools_(std::move(tools)),
        clock_(clock),
        rng_(rng),
        metrics_(metrics),
        tcp_(loop, *this, {net::UpstreamTcpLimits::from(Limits{}), std::move(from)}) {}

  /// Other sources begin anew; without any the copy is taken away.
  void configure(RootKeeperSettings settings);
  /// Once a second.
  void tick();
  /// One line for `status`; empty: none is wanted.
  std::string describe() const;
  void stop();

 private:
  void on_frame(net::AskId id, std::span<const std::uint8_t> octets, std::int64_t mono_us) override;
  void on_error(net::AskId id, int system_error) override;
  void begin();
  void ask(std::vector<std::uint8_t> octets);
  void fetch();
  void take_soa(std::span<const std::uint8_t> octets);
  void take_part(std::span<const std::uint8_t> octets);
  void verify(resolver::ZoneRecords records);
  void confirm();
  void publish();
  void fail(const char* code, const std::string& why);
  void rest(std::int64_t seconds);
  std::int64_t limit(Limit limit) const { return settings_.limits[limit]; }

  Tools tools_;
  const Clock& clock_;
  Rng& rng_;
  Metrics& metrics_;
  net::UpstreamTcp tcp_;
  RootKeeperSettings settings_;
  resolver::RootCopy copy_;
  Endpoint from_;  ///< of the copy
  std::int64_t fetched_age_ms_ = 0, next_age_ms_ = 0;
  std::string trouble_;
  enum class Stage : std::uint8_t { idle, asking, fetching } stage_ = Stage::idle;
  std::size_t source_ = 0, tried_ = 0;
  std::uint64_t ask_ = 0;
  std::uint16_t id_ = 0;
  std::int64_t ends_us_ = 0;
  std::optional<resolver::ZoneTransfer> transfer_;
};
}  // namespace windlass::server
