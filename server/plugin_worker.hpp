#pragma once
/// PluginWorker: one worker's handles on all plugins; the plugin whose zone is closest to the name
/// is asked, unless the answer it gave before still holds.
///
/// While a plugin's breaker is open its names get SERVFAIL: they are never sent to outside servers
/// instead.
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/metrics.hpp"
#include "resolver/answer_cache.hpp"
#include "resolver/front.hpp"
#include "server/plugin_handle.hpp"
namespace windlass::server {

class PluginWorker final : public resolver::LocalZones {
 public:
  using Instances = std::vector<std::shared_ptr<PluginInstance>>;
  /// Made, used and destroyed on one thread: thread_enter and thread_leave happen there.
  /// Instances that `before` is in too keep its handles; it leaves the others before this enters.
  PluginWorker(const Instances& instances, unsigned worker, const Limits& limits, Metrics& metrics,
               const Clock& clock, std::unique_ptr<PluginWorker> before = nullptr);
  ~PluginWorker() override;

  Verdict answer(const Query& query, std::span<std::uint8_t> out, Reply& reply) override;
  bool covers(const dns::Name& name) override;
  std::size_t zone_labels(const dns::Name& name) override;
  /// Streams may outlive this; their plugin stays entered until they end.
  Verdict stream(const Query& query, std::span<std::uint8_t> out, Reply& reply,
                 std::unique_ptr<Stream>& stream) override;
  void end_batch() override;

 private:
  struct Closest {
    PluginHandle* handle = nullptr;
    std::uint32_t index = 0, labels = 0;
  };
  struct Asked;  ///< a query in the words of the plugin

  void begin_batch();
  Closest closest(const windlass_query& query);
  Closest closest(const dns::Name& name);
  std::size_t kept(const Closest& at, const resolver::AnswerCache::Question& question,
                   std::span<std::uint8_t> out);
  Verdict ask(const Closest& at, const Asked& asked, std::span<std::uint8_t> out, Reply& reply);
  void show_breakers();

  Metrics& metrics_;
  const Clock& clock_;
  std::vector<std::shared_ptr<PluginHandle>> handles_;
  resolver::AnswerCache cache_;
  std::shared_ptr<std::size_t> streams_ = std::make_shared<std::size_t>(0);
  std::size_t streams_most_;
  Now batch_;
  bool in_batch_ = false;
};
}  // namespace windlass::server
