#include "auth-plugin/write/commit.hpp"

#include <ctime>
#include <set>

#include "auth-plugin/write/bytes.hpp"
namespace windlass::auth {
namespace {

std::uint64_t wall_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(now.tv_nsec);
}

std::uint64_t records_in(Octets node) noexcept {
  const auto view = NodeView::parse(node);
  std::uint64_t records = 0;
  for (std::size_t i = 0; view && i < view->set_count(); ++i) {
    const NodeSet set = view->at(i);
    records += std::uint64_t{set.rdata.size()} + set.signatures.size();
  }
  return records;
}

/// Rows into a table that others of the same transaction write too: read, compare, put. Rows that
/// were there and are not named go.
class PointSink final : public CompiledSink {
 public:
  PointSink(WriteTransaction& txn, TableHandle table, ServeState& state)
      : txn_(txn), table_(table), state_(state) {}
  void expect(Octets key) { old_.emplace(key.begin(), key.end()); }
  StoreStatus node(Octets key, Octets value) override {
    const auto old = txn_.copied(table_, key);
    if (!old) return old.error();
    if (*old) {
      if (bytes::order(**old, value) == 0)
        return old_.erase(OwnedKey(key.begin(), key.end())), Done{};
      state_.zone.records -= records_in(**old);
    } else {
      ++state_.zone.names;
    }
    state_.zone.records += records_in(value);
    old_.erase(OwnedKey(key.begin(), key.end()));
    return txn_.put(table_, key, value);
  }
  /// Chains of NSEC3 come with a whole zone (an edit of them is refused).
  StoreStatus nsec3(Octets, Octets) override { return Done{}; }
  StoreStatus finish() {
    for (const OwnedKey& key : old_) {
      const auto old = txn_.copied(table_, key);
      if (!old) return old.error();
      if (!*old) continue;
      state_.zone.records -= records_in(**old);
      --state_.zone.names;
      if (const auto gone = txn_.del(table_, key); !gone) return gone.error();
    }
    return Done{};
  }

 private:
  WriteTransaction& txn_;
  TableHandle table_;
  ServeState& state_;
  std::set<OwnedKey> old_;
};

StoreError bad_key(const dns::Name& owner) {
  return {Trouble::refused, owner.to_text() + " is too long for the store's keys; shorten it"};
}

/// A live row of this owner and type.
StoreResult<bool> has(const Transaction& txn, const TruthTables& truth, const ZoneRecord& zone,
                      const dns::Name& owner, dns::Type type) {
  const auto key = Key::record(zid_of(zone.name), zone.name, owner, type);
  if (!key) return bad_key(owner);
  const auto value = txn.copied(truth.rr, key->octets());
  if (!value) return value.error();
  if (!*value) return false;
  const auto row = read_row(**value);
  return row && !row->header.deleted && row->header.timestamp_ns >= zone.incarnation;
}

struct OwnedCover {
  Key key;
  std::uint8_t labels = no_cover;
};

/// The topmost cut or DNAME strictly above `owner`.
StoreResult<OwnedCover> cover_above(const Transaction& txn, const TruthTables& truth,
                                    const ZoneRecord& zone, const dns::Name& owner) {
  const std::size_t apex = zone.name.label_count();
  for (std::size_t labels = apex; labels < owner.label_count(); ++labels) {
    const dns::Name above = owner.suffix(labels);
    auto covers = has(txn, truth, zone, above, dns::Type::dname);
    if (covers && !*covers && labels != apex) covers = has(txn, truth, zone, above, dns::Type::ns);
    if (!covers) return covers.error();
    if (!*covers) continue;
    const auto key = Key::subtree(zid_of(zone.name), zone.name, above);
    if (!key) return bad_key(above);
    return OwnedCover{*key, static_cast<std::uint8_t>(labels - apex)};
  }
  return OwnedCover{};
}

StoreStatus expect_old(PointSink& sink, const Transaction& txn, const ServeTables& serve,
                       Octets front) {
  auto cursor = CopyingCursor::begin(txn, *serve.env, serve.node);
  if (!cursor) return cursor.error();
  auto there = cursor->at_or_after(front);
  for (; there && *there && begins_with(cursor->key(), front); there = cursor->next())
    sink.expect(cursor->key());
  if (!there) return there.error();
  return Done{};
}

StoreResult<Compiled> compile_walk(TruthWalk& walk, Compiler& compiler, const RecordsSeen& seen) {
  constexpr std::uint64_t seen_every = 50'000;
  for (std::uint64_t records = 0, told = 0;;) {
    auto rrset = walk.next();
    if (!rrset) return rrset.error();
    if (!*rrset) return compiler.finish();
    if (StoreStatus added = compiler.add(**rrset); !added) return added.error();
    records += (*rrset)->count;
    if (!seen || records - told < seen_every) continue;
    told = records;
    if (!seen(records)) return StoreError{Trouble::cancelled, "stopped; nothing was changed"};
  }
}

}  // namespace

StoreResult<std::unique_ptr<Commit>> Commit::begin(StoreFiles& files) {
  auto truth = WriteTransaction::begin(files.truth.env);
  if (!truth) return truth.error();
  auto serve = WriteTransaction::begin(files.serve.env);
  if (!serve) return serve.error();
  return std::unique_ptr<Commit>(new Commit(files, *std::move(truth), *std::move(serve)));
}

RowHeader Commit::stamp() {
  meta_.last_timestamp = std::max(wall_ns(), meta_.last_timestamp + 1);
  return {.timestamp_ns = meta_.last_timestamp, .txn = truth_txn_.id()};
}

const ZoneLive* Commit::find(const dns::Name& name) const {
  const Zid zid = zid_of(name);
  const auto changed = changes_.find(zid);
  const ZoneLive* zone = changed == changes_.end() ? files_.zones.find(zid)
                         : changed->second         ? &*changed->second
                                                   : nullptr;
  return zone != nullptr && zone->record.name == name ? zone : nullptr;
}

bool Commit::is_there(Zid zid) const {
  const auto changed = changes_.find(zid);
  return changed == changes_.end() ? files_.zones.find(zid) != nullptr
                                   : changed->second.has_value();
}

StoreStatus Commit::change(const ZoneLive& zone) {
  const Zid zid = zone.state.zone.facts.zid;
  if (!is_there(zid)) ++zones_;
  changes_[zid] = zone;
  return serve_txn_.put(files_.serve.state, Key(zid).octets(), encode_state(zone.state));
}

StoreStatus Commit::remove(Zid zid) {
  if (is_there(zid)) --zones_;
  changes_[zid] = std::nullopt;
  return erase_zone(serve_txn_, files_.serve, zid);
}

StoreStatus Commit::commit_truth() {
  if (!files_.truth.env->is_in_place())
    return StoreError{Trouble::system,
                      files_.truth.env->path() +
                          ": was removed or replaced while it is open; nothing was changed: save "
                          "what is served with `zone backup`, then put the right file in its place "
                          "and restart Windlass"};
  // liblmdb gives the id of a commit that wrote nothing to the next one.
  meta_.applied_txn = truth_txn_.wrote() ? truth_txn_.id() : truth_txn_.id() - 1;
  meta_.clean = 0;
  gone_ = next_generation();  // in the row that is written: it is not given again
  // Before the truth commits: what cannot be written here must not be there either.
  if (StoreStatus put = put_meta(serve_txn_, files_.serve, meta_); !put) return put;
  StoreStatus done = truth_txn_.commit(&serve_txn_);
  if (done) files_.meta.last_timestamp = meta_.last_timestamp;
  return done;
}

StoreStatus Commit::commit_serve() {
  if (StoreStatus done = serve_txn_.commit(); !done) return done;
  files_.meta = meta_;
  files_.zones.apply(changes_, gone_);
  return Done{};
}

StoreStatus compile_owner(const Transaction& truth_txn, WriteTransaction& serve_txn,
                          const StoreFiles& files, ZoneLive& zone, const dns::Name& owner,
                          bool subtree) {
  const Zid zid = zone.state.zone.facts.zid;
  const auto node = Key::node(zid, zone.record.name, owner);
  if (!node) return bad_key(owner);
  const Octets front = subtree ? subtree_of(node->octets()) : node->octets();
  const auto above = cover_above(truth_txn, files.truth, zone.record, owner);
  if (!above) return above.error();
  PointSink sink(serve_txn, files.serve.node, zone.state);
  if (StoreStatus old = expect_old(sink, serve_txn, files.serve, front); !old) return old;
  Compiler compiler(zone.state.zone.facts, sink);
  if (above->labels != no_cover) compiler.begin_below({above->key.octets(), above->labels});
  auto walk = TruthWalk::begin(truth_txn, files.truth, zone.record, front);
  if (!walk) return walk.error();
  const auto compiled = compile_walk(*walk, compiler, {});
  if (!compiled) return compiled.error();
  if (owner == zone.record.name) {
    zone.state.zone.serial = compiled->serial;
    zone.state.zone.presigned = compiled->presigned;
  }
  return sink.finish();
}

StoreStatus compile_zone(const Transaction& truth_txn, const TruthTables& truth,
                         const ReadTransaction& before, WriteTransaction& serve_txn,
                         const ServeTables& serve, ZoneLive& zone, std::uint64_t& next_generation,
                         const RecordsSeen& seen) {
  ZoneFacts facts = zone.state.zone.facts;
  facts.name = zone.record.name;
  facts.zid = zid_of(zone.record.name);
  auto sink = ZoneSink::begin(before, serve_txn, serve, facts.zid);
  if (!sink) return sink.error();
  Compiler compiler(facts, **sink);
  auto walk = TruthWalk::begin(truth_txn, truth, zone.record, Key(facts.zid).octets());
  if (!walk) return walk.error();
  auto compiled = compile_walk(*walk, compiler, seen);
  if (!compiled) return compiled.error();
  if (StoreStatus done = (*sink)->finish(); !done) return done;
  zone.state.zone = *std::move(compiled);
  if (zone.state.generation == 0 || (*sink)->changed()) zone.state.generation = next_generation++;
  return Done{};
}
}  // namespace windlass::auth
