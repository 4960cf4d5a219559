#include "net/stream_server.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <unordered_map>
#include <vector>

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/acceptor.hpp"
#include "net/stream.hpp"

namespace windlass::net {
namespace {
NetError cannot(const std::string& path, const std::string& why, int error) {
  return {error, "cannot listen on " + path + ": " + why};
}
NetError cannot(const std::string& path, int error) {
  return cannot(path, system_text(error), error);
}

/// Takes away a socket file whose process is gone. Refuses what is no socket, or answers.
std::optional<NetError> make_room(const std::string& path, const sockaddr_un& address) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0)
    return errno == ENOENT ? std::nullopt : std::optional(cannot(path, errno));
  if (!S_ISSOCK(found.st_mode)) return cannot(path, "a file is there that is no socket", EEXIST);
  const Fd probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  const int rc =
      ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (rc == 0 || errno == EAGAIN)
    return cannot(path, "another process is listening there", EADDRINUSE);
  if (errno != ECONNREFUSED) return cannot(path, errno);
  if (::unlink(path.c_str()) != 0) return cannot(path, errno);
  return std::nullopt;
}

NetResult<Fd> bind_unix(const std::string& path, unsigned mode) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return cannot(path, "the path is empty or longer than 107 octets", ENAMETOOLONG);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  if (auto error = make_room(path, address)) return *std::move(error);
  Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd) return cannot(path, errno);
  // The socket's own mode bounds the file's from its first instant; chmod then undoes the umask.
  if (::fchmod(fd.get(), mode) != 0) return cannot(path, errno);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return cannot(path, errno);
  if (::chmod(path.c_str(), mode) != 0) return cannot(path, errno);
  return fd;
}
constexpr int clients_waiting_max = 128;
}  // namespace

void StreamSink::on_end(StreamServer& from, ConnectionId id) {
  from.close_after_write(id);
}

struct StreamServer::Impl final : AcceptorOwner, std::enable_shared_from_this<StreamServer::Impl> {
  struct Client final : StreamOwner, std::enable_shared_from_this<Client> {
    explicit Client(Impl& s) : server(s), stream(s.loop, *this) {}
    void on_octets(std::span<const std::uint8_t> octets) override;
    void on_ended(int error) override;
    void on_written() override;
    void settle();
    void touch();
    void arm(std::int64_t ms);

    Impl& server;
    const ConnectionId id = next_connection_id();
    Stream stream;
    UvHandle<uv_timer_t> idle_timer;
    bool closing = false, dirty = false, overflowed = false;
  };

  Impl(Loop& l, StreamSink& s, const StreamOptions& o) : loop(l), sink(s), options(o) {}
  int start(Fd fd, Stream::Kind its_kind);
  void on_accepted(Fd fd) override;
  Client* find(ConnectionId id) const;
  void mark_dirty(Client& client);
  void turn_end();
  void finish(Client& client);
  void forget(Client& client);
  void shut();

  Loop& loop;
  StreamSink& sink;
  const StreamOptions options;
  StreamServer* owner = nullptr;  ///< null: destroyed, perhaps by the callback that runs now
  Endpoint at;
  std::string path;
  struct stat file {};
  Acceptor acceptor;
  Stream::Kind kind = Stream::Kind::tcp;
  UvHandle<uv_prepare_t> prepare;
  UvHandle<uv_idle_t> more_work;  ///< keeps the loop from waiting while something is dirty
  std::unordered_map<std::uint64_t, std::shared_ptr<Client>> clients;
  std::vector<ConnectionId> dirty;
  std::uint64_t refused = 0;
};

// ---- a client

void StreamServer::Impl::Client::on_octets(std::span<const std::uint8_t> octets) {
  const auto keep = shared_from_this();
  touch();
  if (!closing) server.sink.on_data(*server.owner, id, octets);
}

void StreamServer::Impl::Client::on_ended(int error) {
  const auto keep = shared_from_this();
  if (error != 0) return server.finish(*this);
  if (!closing) server.sink.on_end(*server.owner, id);
}

void StreamServer::Impl::Client::on_written() {
  const auto keep = shared_from_this();
  touch();
  settle();
}

void StreamServer::Impl::Client::settle() {
  if (overflowed || stream.flush() != 0 || (closing && stream.queued() == 0))
    return server.finish(*this);
  if (stream.queued() == 0) server.sink.on_drained(*server.owner, id);
}

void StreamServer::Impl::Client::touch() {
  if (server.options.idle_ms > 0 && !closing) arm(server.options.idle_ms);
}

void StreamServer::Impl::Client::arm(std::int64_t ms) {
  if (!idle_timer) return;
  uv_timer_start(
      idle_timer.get(),
      [](uv_timer_t* h) {
        const auto self = static_cast<Client*>(h->data)->shared_from_this();
        self->server.finish(*self);
      },
      static_cast<std::uint64_t>(ms), 0);
}

// ---- all of them

int StreamServer::Impl::start(Fd fd, Stream::Kind its_kind) {
  kind = its_kind;
  int error = prepare.open(this, [this](auto* h) { return uv_prepare_init(loop.raw(), h); });
  if (error != 0) return -error;
  error = more_work.open(this, [this](auto* h) { return uv_idle_init(loop.raw(), h); });
  if (error != 0) return -error;
  return acceptor.start(loop, *this, std::move(fd), clients_waiting_max);
}

void StreamServer::Impl::on_accepted(Fd fd) {
  const auto self = shared_from_this();
  const auto client = std::make_shared<Client>(*this);
  if (client->stream.open(std::move(fd), kind) != 0) return;
  if (clients.size() >= options.clients) return void(++refused);
  clients.emplace(static_cast<std::uint64_t>(client->id), client);
  (void)client->idle_timer.open(client.get(),
                                [this](auto* h) { return uv_timer_init(loop.raw(), h); });
  client->touch();
  client->stream.read(true);
  sink.on_opened(*owner, client->id);
}

StreamServer::Impl::Client* StreamServer::Impl::find(ConnectionId id) const {
  const auto found = clients.find(static_cast<std::uint64_t>(id));
  return found == clients.end() ? nullptr : found->second.get();
}

void StreamServer::Impl::mark_dirty(Client& client) {
  if (std::exchange(client.dirty, true)) return;
  dirty.push_back(client.id);
  uv_prepare_start(prepare.get(), [](uv_prepare_t* h) { static_cast<Impl*>(h->data)->turn_end(); });
}

void StreamServer::Impl::turn_end() {
  const auto self = shared_from_this();
  std::vector<ConnectionId> now;
  now.swap(dirty);
  uv_prepare_stop(prepare.get());
  for (const auto id : now) {
    const auto found = clients.find(static_cast<std::uint64_t>(id));
    if (found == clients.end()) continue;
    const auto client = found->second;
    client->dirty = false;
    client->settle();
    if (owner == nullptr) return;
  }
  if (dirty.empty())
    uv_idle_stop(more_work.get());
  else
    uv_idle_start(more_work.get(), [](uv_idle_t*) {});
}

void StreamServer::Impl::forget(Client& client) {
  client.stream.close();
  client.idle_timer.close();
  clients.erase(static_cast<std::uint64_t>(client.id));
}

void StreamServer::Impl::finish(Client& client) {
  const auto keep = client.shared_from_this();
  forget(client);
  sink.on_closed(*owner, client.id);
}

void StreamServer::Impl::shut() {
  owner = nullptr;
  // Only our own file: an administrator may have put another in its place.
  struct stat found {};
  if (!path.empty() && ::lstat(path.c_str(), &found) == 0 && found.st_ino == file.st_ino &&
      found.st_dev == file.st_dev)
    ::unlink(path.c_str());
  acceptor.close();
  prepare.close();
  more_work.close();
  for (auto& [id, client] : clients) {
    client->stream.close();
    client->idle_timer.close();
  }
  clients.clear();
}

// ---- the face

StreamServer::StreamServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {
  impl_->owner = this;
}
StreamServer::~StreamServer() {
  impl_->shut();
}

NetResult<StreamServer::Owned> StreamServer::listen_unix(Loop& loop, const std::string& path,
                                                         unsigned mode, StreamSink& sink,
                                                         const StreamOptions& options) {
  auto fd = bind_unix(path, mode);
  if (!fd) return fd.error();
  auto impl = std::make_shared<Impl>(loop, sink, options);
  impl->path = path;
  (void)::lstat(path.c_str(), &impl->file);
  if (const int error = impl->start(*std::move(fd), Stream::Kind::local); error != 0)
    return impl->shut(), cannot(path, error);
  return Owned{new StreamServer(std::move(impl))};
}

NetResult<StreamServer::Owned> StreamServer::listen_tcp(Loop& loop, const Endpoint& at,
                                                        StreamSink& sink,
                                                        const StreamOptions& options) {
  auto fd = bind_socket(at, {SOCK_STREAM, false, false});
  if (!fd) return fd.error();
  auto impl = std::make_shared<Impl>(loop, sink, options);
  impl->at = local_endpoint((*fd).get());
  if (const int error = impl->start(*std::move(fd), Stream::Kind::tcp); error != 0)
    return impl->shut(), cannot_listen(error, at, SOCK_STREAM);
  return Owned{new StreamServer(std::move(impl))};
}

bool StreamServer::write(ConnectionId id, std::string_view octets) {
  Impl::Client* client = impl_->find(id);
  if (client == nullptr || client->closing || client->overflowed) return false;
  impl_->mark_dirty(*client);
  if (client->stream.queued() + octets.size() > impl_->options.write_queue_octets)
    return client->overflowed = true, false;
  client->stream.queue({reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size()});
  return true;
}

void StreamServer::close_after_write(ConnectionId id) {
  Impl::Client* client = impl_->find(id);
  if (client == nullptr) return;
  if (std::exchange(client->closing, true)) return;
  client->stream.read(false);
  client->arm(StreamServer::closing_ms_max);
  impl_->mark_dirty(*client);
}

void StreamServer::close(ConnectionId id) {
  const auto found = impl_->clients.find(static_cast<std::uint64_t>(id));
  if (found == impl_->clients.end()) return;
  const auto keep = found->second;
  impl_->forget(*keep);
}

std::size_t StreamServer::queued_octets(ConnectionId id) const {
  const Impl::Client* client = impl_->find(id);
  return client == nullptr ? 0 : client->stream.queued();
}

void StreamServer::touch(ConnectionId id) {
  if (Impl::Client* client = impl_->find(id)) client->touch();
}

void StreamServer::stop_accepting() {
  impl_->acceptor.close();
}
std::size_t StreamServer::clients() const noexcept {
  return impl_->clients.size();
}
std::uint64_t StreamServer::refused() const noexcept {
  return impl_->refused;
}
const Endpoint& StreamServer::endpoint() const noexcept {
  return impl_->at;
}
}  // namespace windlass::net
