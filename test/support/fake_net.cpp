#include "test/support/fake_net.hpp"

#include <algorithm>
#include <array>

#include "base/siphash.hpp"

namespace windlass::test {
namespace {
enum What : std::uint64_t {
  asked = 1,
  question,
  reply,
  error,
  mail,
  answered,
  dropped,
  timer,
  turn
};

HashKey key_from(Rng& rng) {
  return {rng.u64(), rng.u64()};
}

/// What of a message does not depend on keys, which are made afresh in each process.
std::span<const std::uint8_t> steady_part(std::span<const std::uint8_t> octets) {
  if (octets.size() < dns::HeaderView::size_octets) return octets;
  const auto name = dns::read_name(octets, dns::HeaderView::size_octets);
  const std::size_t end = dns::HeaderView::size_octets + (name ? name->second + 4 : 0);
  return octets.first(std::min(end, octets.size()));
}
}  // namespace

FakeNet::FakeNet(NetOptions options, Servers& servers)
    : options_(std::move(options)),
      servers_(servers),
      rng_(options_.seed),
      cache_(options_.cache, key_from(rng_)),
      anchors_(options_.anchors) {
  const HashKey owner_key = key_from(rng_);
  const resolver::EngineSettings settings{
      std::make_shared<resolver::ResolverOptions>(options_.resolver),
      std::make_shared<validator::ValidatorOptions>(options_.validator)};
  for (unsigned i = 0; i < options_.workers; ++i) {
    Worker& worker = *workers_.emplace_back(std::make_unique<Worker>(rng_.u64()));
    worker.engine = std::make_unique<resolver::Engine>(resolver::House{cache_, graph_, probes_},
                                                       settings, anchors_, i, options_.workers,
                                                       owner_key, worker.rng, worker.metrics);
    worker.front = std::make_unique<resolver::Front>(*worker.engine, worker.metrics);
    worker.front->set_local(options_.local);
  }
}

FakeNet::~FakeNet() = default;

// Events

void FakeNet::at(std::int64_t mono_us, std::function<void()> what) {
  queue_.push({mono_us, next_number_++, std::move(what)});
}

void FakeNet::note(std::uint64_t what, std::uint64_t who, std::span<const std::uint8_t> octets) {
  const auto steady = steady_part(octets);
  const auto now_us = static_cast<std::uint64_t>(clock_.now().mono_us);
  const std::array<std::uint64_t, 5> head{hash_, now_us, what, who, octets.size()};
  Bytes image;
  for (const std::uint64_t word : head)
    for (unsigned shift = 0; shift < 64; shift += 8)
      image.push_back(static_cast<std::uint8_t>(word >> shift));
  image.insert(image.end(), steady.begin(), steady.end());
  hash_ = siphash({1, 2}, image);
  ++events_;
}

/// Moves the clock there, unless it is there already.
void FakeNet::wake(std::int64_t at_us) {
  const std::int64_t now_us = clock_.now().mono_us;
  if (at_us > now_us) clock_.advance_us(at_us - now_us);
}

/// When a worker's engine has something to do.
std::int64_t FakeNet::due_us(Worker& worker) const {
  if (!worker.engine->has_work()) return worker.turn_due_us = 0, worker.engine->next_deadline_us();
  if (worker.turn_due_us == 0) worker.turn_due_us = clock_.now().mono_us + options_.turn_us;
  return std::min(worker.turn_due_us, worker.engine->next_deadline_us());
}

bool FakeNet::step(std::int64_t until_us) {
  std::int64_t next = queue_.empty() ? forever : queue_.top().at_us;
  unsigned due = options_.workers;
  for (unsigned i = 0; i < options_.workers; ++i) {
    const std::int64_t at_us = due_us(*workers_[i]);
    if (at_us < next) next = at_us, due = i;
  }
  if (next == forever || next > until_us) return false;
  wake(next);
  if (due == options_.workers) {
    const auto run = queue_.top().run;
    queue_.pop();
    run();
    return true;
  }
  auto& engine = *workers_[due]->engine;
  std::int64_t& turn_due_us = workers_[due]->turn_due_us;
  const bool slice = engine.has_work() && turn_due_us <= clock_.now().mono_us;
  if (slice) turn_due_us = 0;
  note(slice ? turn : timer, due);
  turns_ += slice ? 1 : 0;
  if (slice)
    engine.on_turn(clock_.now());
  else
    engine.on_timer(clock_.now());
  carry_out(due);
  return true;
}

void FakeNet::run() {
  while (step()) {}
}

void FakeNet::run_for(std::int64_t us) {
  const std::int64_t end_us = clock_.now().mono_us + us;
  while (step(end_us)) {}
  wake(end_us);
}

void FakeNet::run_until_answered(ClientId client) {
  while (clients_[client].answers == 0 && step()) {}
}

// Clients

FakeNet::ClientId FakeNet::ask(std::span<const std::uint8_t> query, unsigned worker, bool stream,
                               std::optional<IpAddress> from) {
  const ClientId id = clients_.size();
  clients_.emplace_back().asked_us = clock_.now().mono_us;
  note(asked, id, query);
  Worker& w = *workers_[worker];
  resolver::ClientQuery kept;
  resolver::FrontOptions options;
  const Endpoint peer{from.value_or(IpAddress{}), 1024};
  if (from) options.peer = &peer;
  const auto taken = w.front->take(query, stream, false, options, clock_.now(), out_, kept);
  clients_[id].from_cache = taken.fate == resolver::Front::Fate::answered;
  if (taken.fate == resolver::Front::Fate::answered) answer_client(id, taken.octets);
  if (taken.fate == resolver::Front::Fate::later)
    w.waiting.emplace(taken.request, std::pair(id, kept));
  carry_out(worker);
  return id;
}

FakeNet::ClientId FakeNet::ask(std::string_view name, dns::Type type, const QuerySpec& spec,
                               unsigned worker, std::optional<IpAddress> from) {
  return ask(make_query(dns::Name::literal(name), type, spec), worker, false, from);
}

bool FakeNet::in_background(const resolver::ClientQuestion& question,
                            std::function<void(const resolver::Answer&)> done, unsigned worker) {
  Worker& w = *workers_[worker];
  const auto id = w.engine->begin_background(question, clock_.now());
  if (id) w.background.emplace(*id, std::move(done));
  carry_out(worker);
  return id.has_value();
}

void FakeNet::cancel(ClientId client) {
  for (unsigned i = 0; i < options_.workers; ++i) {
    auto& waiting = workers_[i]->waiting;
    const auto at = std::find_if(waiting.begin(), waiting.end(),
                                 [&](auto& w) { return w.second.first == client; });
    if (at == waiting.end()) continue;
    note(dropped, client);
    clients_[client].cancelled = true;
    workers_[i]->engine->cancel(at->first);
    waiting.erase(at);
    carry_out(i);
    return;
  }
}

void FakeNet::answer_client(ClientId client, std::span<const std::uint8_t> octets) {
  note(answered, client, octets);
  ClientLog& log = clients_[client];
  ++log.answers;
  log.octets.assign(octets.begin(), octets.end());
  log.answered_us = clock_.now().mono_us;
  log.answered_age_ms = clock_.now().age_ms;
}

std::optional<Decoded> FakeNet::answer(ClientId client) const {
  if (clients_[client].answers == 0) return std::nullopt;
  return decode(clients_[client].octets);
}

std::optional<Decoded> FakeNet::resolve(std::string_view name, dns::Type type,
                                        const QuerySpec& spec, std::optional<IpAddress> from) {
  const ClientId client = ask(name, type, spec, 0, from);
  run_until_answered(client);
  return answer(client);
}

void FakeNet::set_anchors(validator::TrustAnchors::Ptr anchors) {
  const auto changed = validator::TrustAnchors::changed(*anchors_, *anchors);
  anchors_ = std::move(anchors);
  for (auto& worker : workers_) worker->engine->set_anchors(anchors_);
  for (const dns::Name& name : changed) cache_.flush_untrusted(name);
}

void FakeNet::reconfigure(const resolver::ResolverOptions& options) {
  options_.resolver = options;
  const resolver::EngineSettings settings{
      std::make_shared<resolver::ResolverOptions>(options_.resolver),
      std::make_shared<validator::ValidatorOptions>(options_.validator)};
  for (auto& worker : workers_) worker->engine->reconfigure(settings);
}

void FakeNet::suspend(std::int64_t ms) {
  const Now now = clock_.now();
  clock_ = ManualClock({now.wall_s + ms / 1000, now.age_ms + ms, now.mono_us});
}

unsigned FakeNet::waiting() const {
  std::size_t sum = 0;
  for (const auto& worker : workers_) sum += worker->waiting.size() + worker->background.size();
  return static_cast<unsigned>(sum);
}

// Actions

void FakeNet::carry_out(unsigned worker) {
  auto& engine = *workers_[worker]->engine;
  for (auto actions = engine.take_actions(); !actions.empty(); actions = engine.take_actions())
    for (auto& action : actions) std::visit([&](auto& one) { perform(worker, one); }, action);
}

std::int64_t FakeNet::way_us(const Endpoint& server) {
  const auto at = ways_.find(server);
  if (at != ways_.end()) return at->second + rng_.below(500);
  const auto span = static_cast<std::uint32_t>(options_.most_way_us - options_.least_way_us + 1);
  return ways_[server] = options_.least_way_us + rng_.below(span);
}

void FakeNet::perform(unsigned worker, resolver::SendAction& action) {
  ++packets_;
  ++packets_to_[action.to.address];
  note(question, worker, action.octets);
  workers_[worker]->open[action.id] = action.tcp;
  // A stream takes one round trip more to come about.
  const std::int64_t way = way_us(action.to) * (action.tcp ? 3 : 1);
  at(clock_.now().mono_us + way,
     [this, worker, action] { arrive(worker, action.id, action.to, action.tcp, action.octets); });
}

void FakeNet::arrive(unsigned worker, resolver::AskId id, const Endpoint& server, bool tcp,
                     const Bytes& octets) {
  for (auto& one : servers_.on_question(server, tcp, octets, clock_.now())) {
    const std::int64_t back_us = clock_.now().mono_us + one.delay_us + way_us(server);
    at(back_us, [this, worker, id, one = std::move(one)] {
      auto& engine = *workers_[worker]->engine;
      if (one.mark != 0) servers_.on_reply(one.mark, workers_[worker]->open.contains(id));
      if (one.lost) return;
      note(one.network_error ? error : reply, worker, one.octets);
      // Late ones too: the engine itself must know that nobody waits for them.
      if (one.network_error)
        engine.on_network_error(id, clock_.now());
      else
        engine.on_message(id, one.octets, clock_.now());
      carry_out(worker);
    });
  }
}

void FakeNet::perform(unsigned worker, resolver::DropAction& action) {
  workers_[worker]->open.erase(action.id);
}

void FakeNet::perform(unsigned worker, resolver::MailAction& action) {
  // Between two workers mail never overtakes mail.
  std::int64_t& last_us = last_mail_us_[{worker, action.worker}];
  const std::int64_t when_us = last_us =
      std::max(last_us, clock_.now().mono_us + 1 + rng_.below(50));
  const auto held = std::make_shared<resolver::Mail>(std::move(action.mail));
  at(when_us, [this, from = worker, to = action.worker, held] {
    note(mail, (static_cast<std::uint64_t>(from) << 32) | to);
    workers_[to]->engine->on_mail(std::move(*held), clock_.now());
    carry_out(to);
  });
}

void FakeNet::perform(unsigned worker, resolver::AnswerAction& action) {
  auto& w = *workers_[worker];
  if (auto own = w.background.extract(action.id)) return own.mapped()(action.answer);
  const auto at = w.waiting.find(action.id);
  if (at == w.waiting.end()) return void(++strays_);
  const auto [client, query] = at->second;
  w.waiting.erase(at);
  clients_[client].upstream_queries = action.answer.upstream_queries;
  answer_client(client, w.front->respond(query, action.answer, clock_.now(), out_));
}

void FakeNet::perform(unsigned, resolver::BogusAction& action) {
  bogus_.push_back(resolver::summary(action));
}

void FakeNet::perform(unsigned, resolver::PrimedAction& action) {
  primed_ += action.reached ? 1 : 0;
}

void FakeNet::perform(unsigned, resolver::OutageAction& action) {
  auto& count = action.who == cache::Unreached::all ? outages_ : family_outages_;
  ++(action.begins ? count.first : count.second);
}

void FakeNet::perform(unsigned, resolver::RebindingAction& action) {
  rebinding_.push_back(action.ede.text);
}

std::uint64_t FakeNet::packets_to(const IpAddress& address) const {
  const auto at = packets_to_.find(address);
  return at == packets_to_.end() ? 0 : at->second;
}

std::string FakeNet::leaks() const {
  std::string out;
  const auto tell = [&](std::size_t count, const char* what, unsigned worker) {
    if (count != 0)
      out += std::to_string(count) + " " + what + " at worker " + std::to_string(worker) + "; ";
  };
  for (unsigned i = 0; i < options_.workers; ++i) {
    const auto held = workers_[i]->engine->held();
    tell(held.requests, "requests", i);
    tell(held.resolutions, "resolutions", i);
    tell(held.asks, "asks", i);
    tell(held.tickets, "tickets", i);
    tell(held.running, "running questions", i);
    tell(workers_[i]->waiting.size(), "clients without an answer", i);
    tell(workers_[i]->open.size(), "open questions", i);
  }
  tell(graph_.size(), "edges of the wait graph", 0);
  tell(probes_.size(), "probes under way", 0);
  return out;
}
}  // namespace windlass::test
