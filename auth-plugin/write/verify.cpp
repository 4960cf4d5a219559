#include "auth-plugin/write/verify.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth-plugin/store/page_tree.hpp"
#include "auth-plugin/write/bytes.hpp"
namespace windlass::auth {
namespace {

constexpr std::uint64_t rows_a_line = 1u << 18;

StoreError bad(const Environment& env, const std::string& what) {
  return {Trouble::damaged, env.path() + ": " + what + "; " + env.remedy()};
}

/// Every page of every tree, before a row is read.
StoreStatus walk_pages(const Environment& env) {
  const auto shape = shape_of(env.descriptor());
  if (!shape) return bad(env, "its first pages cannot be read");
  PageTree tree(*shape);
  return tree.all() ? StoreStatus(Done{}) : bad(env, tree.complaint());
}

/// Where the child says how far it is, and what it found.
struct Report {
  int descriptor;
  std::uint64_t rows = 0;
  void line(const std::string& text) const noexcept {
    const std::string out = text + '\n';
    [[maybe_unused]] const ssize_t written = ::write(descriptor, out.data(), out.size());
  }
  void row() {
    if (++rows % rows_a_line == 0) line("+" + std::to_string(rows));
  }
};

std::string hex(Octets octets) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t octet : octets.first(std::min<std::size_t>(octets.size(), 64))) {
    out += digits[octet >> 4];
    out += digits[octet & 15];
  }
  return out;
}

/// All rows of a table: keys must rise, each row must please `check`.
template <class Check>
StoreStatus walk_table(const Transaction& txn, const Environment& env, TableHandle table,
                       const char* name, Report& report, Check check) {
  auto cursor = txn.cursor(table);
  if (!cursor) return cursor.error();
  std::vector<std::uint8_t> last;
  const std::uint64_t before = report.rows;
  const auto complain = [&](const char* what) {
    return bad(env, std::string("table ") + name + ", key " + hex(cursor->key()) + ": " + what);
  };
  auto there = cursor->first();
  for (; there && *there; there = cursor->next()) {
    const Octets key = cursor->key();
    if (!last.empty() && bytes::order(key, last) <= 0) return complain("the keys do not rise");
    if (!check(key, cursor->value())) return complain("the row cannot be read");
    last.assign(key.begin(), key.end());
    report.row();
  }
  if (!there) return there.error();
  const auto counted = txn.entries(table);
  if (!counted) return counted.error();
  if (*counted != report.rows - before)
    return bad(env, std::string("table ") + name + ": " + std::to_string(report.rows - before) +
                        " rows are there, and it counts " + std::to_string(*counted));
  return Done{};
}

using Names = std::unordered_map<Zid, dns::Name>;

StoreStatus walk_truth(const Transaction& txn, const TruthTables& truth, Report& report) {
  Names names;
  const Environment& env = *truth.env;
  if (StoreStatus sound = walk_pages(env); !sound) return sound;
  const auto zone = [&names](Octets key, Octets value) {
    const auto row = read_row(value);
    if (!row || key.size() != 8) return false;
    if (row->header.deleted) return true;
    const auto record = decode_zone(row->content);
    if (!record || zid_of(record->name) != zid_in(key)) return false;
    return names.emplace(zid_in(key), record->name), true;
  };
  std::vector<std::uint8_t> room;
  const auto rr = [&](Octets key, Octets value) {
    const auto row = read_row(value);
    if (!row || key.size() < 11) return false;
    const auto owner = names.find(zid_in(key));
    if (row->header.deleted || owner == names.end()) return true;
    return decode_rr(key, row->content, owner->second, room).has_value();
  };
  if (StoreStatus done = walk_table(txn, env, truth.zone, "zone_v1", report, zone); !done)
    return done;
  if (StoreStatus done = walk_table(txn, env, truth.rr, "rr_v1", report, rr); !done) return done;
  return walk_table(txn, env, truth.meta, "meta_v1", report,
                    [](Octets, Octets value) { return bool(read_row(value)); });
}

StoreStatus walk_serve(const Transaction& txn, const ServeTables& serve, Report& report) {
  const Environment& env = *serve.env;
  if (StoreStatus sound = walk_pages(env); !sound) return sound;
  std::unordered_map<Zid, std::uint64_t> names;  ///< of a zone, found and not yet counted for
  const auto node = [&names](Octets key, Octets value) {
    if (key.size() < 9 || key[key.size() - 1] != 0 || !NodeView::parse(value)) return false;
    return ++names[zid_in(key)], true;
  };
  const auto nsec3 = [](Octets key, Octets value) {
    return key.size() == 28 && NodeView::parse(value);
  };
  const auto state = [&names](Octets key, Octets value) {
    const auto known = key.size() == 8 ? decode_state(value) : std::nullopt;
    if (!known || names[zid_in(key)] != known->zone.names) return false;
    return names.erase(zid_in(key)) == 1;
  };
  if (StoreStatus done = walk_table(txn, env, serve.node, "node", report, node); !done) return done;
  if (StoreStatus done = walk_table(txn, env, serve.nsec3, "nsec3", report, nsec3); !done)
    return done;
  if (StoreStatus done = walk_table(txn, env, serve.state, "state", report, state); !done)
    return done;
  return names.empty() ? StoreStatus(Done{}) : bad(env, "names of a zone without a state row");
}

/// Nothing else of the parent's stays open, neither its store's lock nor its sockets: a child that
/// outlived it would hold them.
void keep_only(int one, int other) noexcept {
  const auto low = static_cast<unsigned>(std::min(one, other));
  const auto high = static_cast<unsigned>(std::max(one, other));
  if (low > 0) ::close_range(0, low - 1, 0);
  if (high > low + 1) ::close_range(low + 1, high - 1, 0);
  ::close_range(high + 1, ~0u, 0);
}

/// The child ends with the thread that waits for it.
void die_with(pid_t parent) noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
}

/// The child dies of what it meets, without whoever handled signals in the parent.
void forget_handlers() noexcept {
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTERM, SIGINT, SIGALRM})
    ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  ::alarm(verify_seconds);
}

}  // namespace

struct Verification::Child {
  std::shared_ptr<Environment> env;
  ReadTransaction snapshot;
  pid_t pid = -1;
  int descriptor = -1;

  ~Child() {
    if (descriptor >= 0) ::close(descriptor);
    if (pid > 0) ::kill(pid, SIGKILL);
    wait();
  }
  int wait() noexcept {
    int status = 0;
    while (pid > 0 && ::waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    pid = -1;
    return status;
  }
  template <class Walk>
  StoreStatus start(Walk walk);
  std::string listen(const Tick& tick, bool& stopped) const;
};

template <class Walk>
StoreStatus Verification::Child::start(Walk walk) {
  int ends[2] = {-1, -1};
  if (::pipe(ends) != 0)
    return StoreError{Trouble::system, env->path() + ": no pipe for the child that verifies"};
  const pid_t parent = ::getpid();
  pid = ::fork();
  if (pid == 0) {
    die_with(parent);
    keep_only(ends[1], env->descriptor());
    forget_handlers();
    Report report{ends[1]};
    const StoreStatus done = walk(snapshot, report);
    if (!done) report.line("!" + done.error().text);
    ::_exit(done ? 0 : 1);
  }
  ::close(ends[1]);
  descriptor = ends[0];
  if (pid > 0) return Done{};
  return StoreError{Trouble::system,
                    env->path() + ": no child process to verify in; free some memory"};
}

/// Reads what the child says until it has gone; its complaint, or empty.
std::string Verification::Child::listen(const Tick& tick, bool& stopped) const {
  std::string held, complaint;
  char octets[4096];
  for (;;) {
    const ssize_t got = ::read(descriptor, octets, sizeof octets);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return complaint;
    held.append(octets, static_cast<std::size_t>(got));
    for (std::size_t end = held.find('\n'); end != std::string::npos; end = held.find('\n')) {
      const std::string line = held.substr(0, end);
      held.erase(0, end + 1);
      if (line.starts_with('!')) complaint = line.substr(1);
      if (!line.starts_with('+') || !tick || stopped) continue;
      stopped = !tick(env->path() + ": " + line.substr(1) + " rows read");
      if (stopped) ::kill(pid, SIGKILL);
    }
  }
}

Verification::Verification(std::unique_ptr<Child> child) : child_(std::move(child)) {}
Verification::Verification(Verification&&) noexcept = default;
Verification& Verification::operator=(Verification&&) noexcept = default;
Verification::~Verification() = default;

template <class Walk>
StoreResult<Verification> Verification::of(std::shared_ptr<Environment> env, Walk walk) {
  auto snapshot = ReadTransaction::begin(env);
  if (!snapshot) return snapshot.error();
  auto child = std::unique_ptr<Child>(new Child{std::move(env), *std::move(snapshot), -1, -1});
  if (StoreStatus started = child->start(walk); !started) return started.error();
  return Verification(std::move(child));
}

StoreResult<Verification> Verification::of_truth(const TruthTables& truth) {
  return of(truth.env, [&truth](const Transaction& txn, Report& report) {
    return walk_truth(txn, truth, report);
  });
}

StoreResult<Verification> Verification::of_serve(const ServeTables& serve) {
  return of(serve.env, [&serve](const Transaction& txn, Report& report) {
    return walk_serve(txn, serve, report);
  });
}

StoreStatus Verification::result(const Tick& tick) {
  const Environment& env = *child_->env;
  bool stopped = false;
  const std::string complaint = child_->listen(tick, stopped);
  const int status = child_->wait();
  if (stopped) return StoreError{Trouble::cancelled, env.path() + ": stopped"};
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return Done{};
  if (!complaint.empty()) return StoreError{Trouble::damaged, complaint};
  const std::string how = WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                                              : "code " + std::to_string(WEXITSTATUS(status));
  return bad(env, "reading it ended the child that verifies it (" + how + ")");
}

StoreStatus verify_truth(const TruthTables& truth, const Tick& tick) {
  auto walk = Verification::of_truth(truth);
  return walk ? walk->result(tick) : walk.error();
}

StoreStatus verify_serve(const ServeTables& serve, const Tick& tick) {
  auto walk = Verification::of_serve(serve);
  return walk ? walk->result(tick) : walk.error();
}
}  // namespace windlass::auth
