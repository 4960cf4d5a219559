#include "control/control_server.hpp"

#include <optional>
#include <unordered_map>
#include <utility>

#include "base/log.hpp"
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
/// A client that takes nothing of a long reply for so long is cut off while the command runs, for
/// others wait behind it; so is one that leaves something unread for `behind_ms_most` in all,
/// however often it takes an octet.
constexpr std::int64_t unread_ms_most = 60'000, behind_ms_most = 600'000;
/// Until a line that a client has begun is whole.
constexpr std::int64_t line_ms_most = 10'000;
/// Clients above the limit that hear why, instead of being closed in silence.
constexpr std::size_t turned_away_most = 8;

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
    if (!line_since_ms_) line_since_ms_ = now_ms();
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
    if (line_since_ms_) line_since_ms_ = now_ms();
    pump();
  }
  std::shared_ptr<ReplyPipe> on_pipe() override {
    heard_ms_ = taken_ms_ = looked_ms_ = now_ms();
    behind_ms_ = 0;
    return pipe_ =
               std::make_shared<ReplyPipe>([bells = bells_, id = id_] { bells.post(id, true); });
  }

  /// Something waits in the pipe, or the client has taken all it was given.
  void pull() {
    const auto keep = shared_from_this();
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

  /// Now and then.
  void look_after() {
    if (server_ == nullptr) return;
    if (!pipe_) return look_after_input();
    const std::size_t unread = server_->queued_octets(id_);
    if (unread == 0 || written_ - unread != taken_octets_) taken_ms_ = now_ms();
    taken_octets_ = written_ - unread;
    const std::int64_t before_ms = std::exchange(looked_ms_, now_ms());
    behind_ms_ += unread == 0 ? 0 : looked_ms_ - before_ms;
    if (too_slow()) return cut_off();
    server_->touch(id_);
    if (unread != 0 || now_ms() - heard_ms_ < (ended_ ? 1000 : sign_of_life_ms)) return;
    heard_ms_ = now_ms();
    write(progress_line("still working"));
  }

 private:
  bool too_slow() const {
    const std::int64_t patience_ms = pipe_->ended() ? behind_ms_most : unread_ms_most;
    return now_ms() - taken_ms_ > patience_ms || (behind_ms_ > behind_ms_most && !pipe_->ended());
  }

  /// The command hears that its client has gone. The client hears why, if it reads on.
  void cut_off() {
    const std::string why =
        "the reader of this reply was too slow and was cut off: it may take "
        "nothing for " +
        std::to_string(unread_ms_most / 1000) + " s, and leave octets unread for " +
        std::to_string(behind_ms_most / 1000) + " s in all";
    log_warning("WL-CONTROL-001", "control socket: " + why);
    close_with(why);
  }

  /// A connection on which no line comes to its end keeps its place from others.
  void look_after_input() {
    if (!line_since_ms_ || answering_ || now_ms() - *line_since_ms_ <= line_ms_most) return;
    close_with("no whole line came within " + std::to_string(line_ms_most / 1000) + " s; closing");
  }

  void close_with(std::string_view why) {
    write(error_line(why));
    input_.clear();
    if (server_ != nullptr) server_->close_after_write(id_);
    detach();
  }

  std::int64_t now_ms() const { return house_.now().mono_us / 1000; }

  void write(const std::string& line) {
    if (server_ != nullptr && server_->write(id_, line)) written_ += line.size();
  }

  void refuse_input() {
    close_with("more than " + std::to_string(line_octets_) +
               " octets of requests are waiting (limit control_line_octets); closing");
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
      line_since_ms_ = input_.empty() ? std::nullopt : std::optional(now_ms());
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
  std::optional<std::int64_t> line_since_ms_;  ///< a line is due since then
  std::size_t line_octets_;
  std::shared_ptr<ReplyPipe> pipe_;  ///< of the command that is being answered
  std::int64_t heard_ms_ = 0;        ///< when the client was last written to
  std::int64_t taken_ms_ = 0;        ///< when it last took something, or owed nothing
  std::int64_t behind_ms_ = 0;       ///< how long something was unread, in all
  std::int64_t looked_ms_ = 0;
  std::uint64_t written_ = 0, taken_octets_ = 0;
  std::string input_;
  bool answering_ = false, pumping_ = false, ended_ = false;
};
}  // namespace

struct ControlServer::Impl final : net::StreamSink {
  Impl(net::Loop& loop, House& of, std::int64_t look_ms)
      : house(of),
        bells(loop,
              [this](std::vector<ConnectionId>& ids) {
                for (const auto id : ids)
                  if (const auto session = find(id)) session->pull();
              }),
        clock(loop) {
    clock.start_every(look_ms, [this] {
      const auto all = sessions;  // what is looked after may end
      for (const auto& [id, session] : all) session->look_after();
    });
  }
  ~Impl() override {
    for (auto& [id, session] : sessions) session->detach();
  }

  void on_opened(StreamServer& from, ConnectionId id) override {
    const auto most = static_cast<std::size_t>(house.limits()[Limit::control_clients]);
    if (sessions.size() >= most) {
      from.write(id, error_line("more than " + std::to_string(most) +
                                " connections (limit control_clients); try again"));
      return from.close_after_write(id);
    }
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
                                                                     unsigned mode,
                                                                     std::int64_t look_ms) {
  auto impl = std::make_unique<Impl>(loop, house, look_ms);
  net::StreamOptions options;
  options.idle_ms = 60'000;  // a forgotten connection must not keep the operator out
  options.clients =
      static_cast<std::size_t>(house.limits()[Limit::control_clients]) + turned_away_most;
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
