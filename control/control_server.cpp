#include "control/control_server.hpp"

#include <unordered_map>

#include "control/commands.hpp"
#include "control/json_lines.hpp"
#include "control/reply.hpp"
#include "net/mailbox.hpp"

namespace windlass::control {
namespace {
using net::ConnectionId;
using net::StreamServer;
using Bells = net::Mailbox<ConnectionId>::Sender;

/// Of a long reply: what is handed to the connection at once, and what may wait there unread.
constexpr std::size_t piece_octets = 65'536, unread_octets = 262'144;
/// While a command works silently its client hears every few seconds that it goes on.
constexpr std::int64_t sign_of_life_ms = 5000;
/// A client that reads nothing of a long reply for so long is given up: others wait behind it.
constexpr std::int64_t unread_ms_most = 600'000;

/// One connection: requests wait in `input_` while one is being answered.
class Session final : public ReplySink, public std::enable_shared_from_this<Session> {
 public:
  Session(House& house, StreamServer& server, ConnectionId id, Bells bells)
      : house_(house),
        server_(&server),
        id_(id),
        bells_(std::move(bells)),
        line_octets_(static_cast<std::size_t>(house.limits()[Limit::control_line_octets])) {}

  /// The connection or the server is gone.
  void detach() {
    server_ = nullptr;
    if (pipe_) pipe_->close();
    pipe_.reset();
  }

  void take(std::span<const std::uint8_t> octets) {
    input_.append(reinterpret_cast<const char*>(octets.data()), octets.size());
    pump();
    if (server_ != nullptr && input_.size() > line_octets_) refuse_input();
  }

  /// The client will send no more; a last line without its newline counts.
  void end_of_input() {
    ended_ = true;
    if (!input_.empty() && input_.back() != '\n') input_ += '\n';
    pump();
  }

  void on_row(const Row& row) override { write(row_line(row)); }
  void on_end(bool ok, std::string_view error) override {
    write(ok ? ok_line() : error_line(error));
    answering_ = false;
    pump();
  }
  std::shared_ptr<ReplyPipe> on_pipe() override {
    heard_ms_ = taken_ms_ = now_ms();
    return pipe_ =
               std::make_shared<ReplyPipe>([bells = bells_, id = id_] { bells.post(id, true); });
  }

  /// Something waits in the pipe, or the client has taken all it was given.
  void pull() {
    const auto keep = shared_from_this();
    taken_ms_ = now_ms();
    while (pipe_ && server_ != nullptr && server_->queued_octets(id_) <= unread_octets) {
      const auto piece = pipe_->take(piece_octets);
      if (!piece.lines.empty()) write(piece.lines);
      if (!piece.progress.empty()) write(progress_line(piece.progress));
      if (piece.lines.empty() && piece.progress.empty() && !piece.ended) return;
      heard_ms_ = now_ms();
      if (!piece.ended) continue;
      pipe_.reset();
      return on_end(piece.ok, piece.error);
    }
  }

  /// Now and then while a pipe is open.
  void look_after() {
    if (!pipe_ || server_ == nullptr || now_ms() - taken_ms_ > unread_ms_most) return;
    server_->touch(id_);
    if (server_->queued_octets(id_) == 0) taken_ms_ = now_ms();
    if (server_->queued_octets(id_) != 0 ||
        now_ms() - heard_ms_ < (ended_ ? 1000 : sign_of_life_ms))
      return;
    heard_ms_ = now_ms();
    write(progress_line("still working"));
  }

 private:
  std::int64_t now_ms() const { return house_.now().mono_us / 1000; }

  void write(const std::string& line) {
    if (server_ != nullptr) server_->write(id_, line);
  }

  void refuse_input() {
    write(error_line("more than " + std::to_string(line_octets_) +
                     " octets of requests are waiting (limit control_line_octets); closing"));
    input_.clear();
    if (server_ != nullptr) server_->close_after_write(id_);
    detach();
  }

  /// Answers whole lines until one waits for its answer. Replies given at once come back here, so
  /// it must not nest.
  void pump() {
    if (pumping_) return;
    const auto keep = shared_from_this();
    pumping_ = true;
    while (server_ != nullptr && !answering_) {
      const auto end = input_.find('\n');
      if (end == std::string::npos) break;
      const std::string line = input_.substr(0, end);
      input_.erase(0, end + 1);
      if (line.find_first_not_of(" \t\r") != std::string::npos) answer(line);
    }
    pumping_ = false;
    if (ended_ && !answering_ && server_ != nullptr) server_->close_after_write(id_);
  }

  void answer(const std::string& line) {
    const auto request = parse_request(line);
    if (!request) return write(error_line(request.error().text));
    answering_ = true;
    run_command(house_, *request, Reply(weak_from_this()));
  }

  House& house_;
  StreamServer* server_;
  ConnectionId id_;
  Bells bells_;
  std::size_t line_octets_;
  std::shared_ptr<ReplyPipe> pipe_;  ///< of the command that is being answered
  std::int64_t heard_ms_ = 0, taken_ms_ = 0;
  std::string input_;
  bool answering_ = false, pumping_ = false, ended_ = false;
};
}  // namespace

struct ControlServer::Impl final : net::StreamSink {
  Impl(net::Loop& loop, House& of)
      : house(of),
        bells(loop,
              [this](std::vector<ConnectionId>& ids) {
                for (const auto id : ids)
                  if (const auto session = find(id)) session->pull();
              }),
        clock(loop) {
    clock.start_every(1000, [this] {
      for (const auto& [id, session] : sessions) session->look_after();
    });
  }
  ~Impl() override {
    for (auto& [id, session] : sessions) session->detach();
  }

  void on_opened(StreamServer& from, ConnectionId id) override {
    sessions.emplace(id, std::make_shared<Session>(house, from, id, bells.sender()));
  }
  void on_data(StreamServer&, ConnectionId id, std::span<const std::uint8_t> octets) override {
    if (const auto session = find(id)) session->take(octets);
  }
  void on_end(StreamServer&, ConnectionId id) override {
    if (const auto session = find(id)) session->end_of_input();
  }
  void on_drained(StreamServer&, ConnectionId id) override {
    if (const auto session = find(id)) session->pull();
  }
  void on_closed(StreamServer&, ConnectionId id) override {
    if (const auto session = find(id)) session->detach();
    sessions.erase(id);
  }

  std::shared_ptr<Session> find(ConnectionId id) {
    const auto at = sessions.find(id);
    return at == sessions.end() ? nullptr : at->second;
  }

  House& house;
  net::Mailbox<ConnectionId> bells;
  net::Timer clock;
  std::unordered_map<ConnectionId, std::shared_ptr<Session>> sessions;
  StreamServer::Owned server;
};

net::NetResult<std::unique_ptr<ControlServer>> ControlServer::listen(net::Loop& loop, House& house,
                                                                     const std::string& path,
                                                                     unsigned mode) {
  auto impl = std::make_unique<Impl>(loop, house);
  net::StreamOptions options;
  options.idle_ms = 60'000;  // a forgotten connection must not keep the operator out
  options.clients = static_cast<std::size_t>(house.limits()[Limit::control_clients]);
  auto server = StreamServer::listen_unix(loop, path, mode, *impl, options);
  if (!server) return server.error();
  impl->server = *std::move(server);
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(impl)));
}

ControlServer::ControlServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ControlServer::~ControlServer() = default;
void ControlServer::stop_accepting() {
  impl_->server->stop_accepting();
}
}  // namespace windlass::control
