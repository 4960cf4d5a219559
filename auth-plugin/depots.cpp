#include "auth-plugin/depots.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <utility>

#include <sys/stat.h>

namespace windlass::auth {
namespace {
struct Opened {
  std::weak_ptr<Depot> depot;
  std::shared_ptr<LogRelay> relay;
  DepotOptions options;
  bool open = false;  ///< until the Depot is closed: its last share may be gone before
  bool is_closing() const noexcept { return open && depot.expired(); }
};
using FolderId = std::pair<dev_t, ino_t>;

struct OpenDepots {
  std::mutex guard;
  std::condition_variable closed;
  std::map<FolderId, Opened> opened;
};
/// A store that syncs while it closes is waited for; then the lock's holder is named, it is us.
constexpr std::chrono::seconds closing_most{30};

/// Never destroyed: the module stays mapped until the process ends, its threads may too.
OpenDepots& open_depots() {
  static OpenDepots* const one = new OpenDepots;
  return *one;
}

StoreResult<FolderId> folder_id(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  struct stat found {};
  if (!error && ::stat(folder.c_str(), &found) != 0) error.assign(errno, std::generic_category());
  if (error)
    return StoreError{Trouble::system, "the store's folder " + folder +
                                           " cannot be made or read: " + error.message()};
  return FolderId{found.st_dev, found.st_ino};
}

/// The Depot, with word given when it is closed.
std::shared_ptr<Depot> watched(std::shared_ptr<Depot> depot, const FolderId& id) {
  Depot* const one = depot.get();
  return {one, [held = std::move(depot), id](Depot*) mutable {
            held.reset();
            OpenDepots& all = open_depots();
            const std::lock_guard lock(all.guard);
            all.opened[id].open = false;
            all.closed.notify_all();
          }};
}

bool differs(const DepotOptions& a, const DepotOptions& b) {
  return a.map_octets != b.map_octets || a.group_commit_ms != b.group_commit_ms;
}
}  // namespace

void LogRelay::add(const Host* host) {
  const std::lock_guard lock(guard_);
  hosts_.push_back(host);
}

void LogRelay::remove(const Host* host) {
  const std::lock_guard lock(guard_);
  std::erase(hosts_, host);
}

void LogRelay::log(int level, const std::string& line) {
  const std::lock_guard lock(guard_);
  if (!hosts_.empty()) hosts_.back()->log(level, line);
}

StoreResult<std::unique_ptr<DepotShare>> DepotShare::take(const DepotOptions& options,
                                                          const Host& host) {
  const auto id = folder_id(options.folder);
  if (!id) return id.error();
  OpenDepots& all = open_depots();
  std::unique_lock lock(all.guard);
  Opened& opened = all.opened[*id];
  all.closed.wait_for(lock, closing_most, [&opened] { return !opened.is_closing(); });
  if (auto depot = opened.depot.lock()) {
    if (differs(opened.options, options))
      host.log(WINDLASS_LOG_WARNING, "map_size and group_commit of the store in " + options.folder +
                                         " change with the next start");
    return std::make_unique<DepotShare>(std::move(depot), opened.relay, host);
  }
  const auto relay = std::make_shared<LogRelay>();
  relay->add(&host);
  auto depot = Depot::open(
      options, [relay](int level, const std::string& line) { relay->log(level, line); });
  relay->remove(&host);
  if (!depot) return depot.error();
  auto shared = watched(*std::move(depot), *id);
  opened = {shared, relay, options, true};
  return std::make_unique<DepotShare>(std::move(shared), relay, host);
}

DepotShare::DepotShare(std::shared_ptr<Depot> depot, std::shared_ptr<LogRelay> relay,
                       const Host& host)
    : depot_(std::move(depot)), relay_(std::move(relay)), host_(host) {
  relay_->add(&host_);
}

/// The Depot first: what it says while it closes still finds this host.
DepotShare::~DepotShare() {
  depot_.reset();
  relay_->remove(&host_);
}
}  // namespace windlass::auth
