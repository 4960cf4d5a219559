#include "auth-plugin/write/bytes.hpp"
#include "auth-plugin/write/recover.hpp"
namespace windlass::auth {
namespace {

constexpr std::size_t owners_most = 20'000;  ///< more of one zone: it is compiled whole

/// What a truth that is ahead changed: whole zones, or single owners of one.
struct Ahead {
  struct Zone {
    ZoneRecord record;
    bool whole = false;
    std::map<std::string, std::pair<dns::Name, bool>> owners;  ///< true: all below it too
  };
  std::map<Zid, Zone> live;
  std::vector<Zid> gone;
  std::uint64_t last_timestamp = 0;
};

void touch(Ahead::Zone& zone, Octets key) {
  const auto parts = read_key(key, zone.record.name);
  if (!parts) return;  // its zone will say so when it is compiled
  const bool apex = parts->owner == zone.record.name;
  const bool covers = parts->type == dns::Type::ns || parts->type == dns::Type::dname;
  const bool signing = parts->type == dns::Type::nsec3 || parts->type == dns::Type::rrsig;
  auto& entry = zone.owners.try_emplace(parts->owner.to_text(), parts->owner, false).first->second;
  entry.second |= covers && !apex;
  zone.whole |=
      signing || (apex && (parts->type == dns::Type::dname || parts->type == dns::Type::dnskey ||
                           parts->type == dns::Type::nsec3param));
  zone.whole |= zone.owners.size() > owners_most;
}

StoreStatus scan_records(const Transaction& txn, const StoreFiles& files, Ahead& ahead) {
  auto cursor = CopyingCursor::begin(txn, *files.truth.env, files.truth.rr);
  if (!cursor) return cursor.error();
  Ahead::Zone* zone = nullptr;
  Zid at = 0;
  auto there = cursor->first();
  for (; there && *there; there = cursor->next()) {
    const auto row = read_row(cursor->value());
    if (!row)
      return StoreError{
          Trouble::damaged,
          files.truth.env->path() + ": a record's row is damaged; " + files.truth.env->remedy()};
    ahead.last_timestamp = std::max(ahead.last_timestamp, row->header.timestamp_ns);
    if (row->header.txn <= files.meta.applied_txn) continue;
    const Zid zid = zid_in(cursor->key());
    if (zone == nullptr || zid != at) {
      const auto found = ahead.live.find(zid);
      zone = found == ahead.live.end() ? nullptr : &found->second;
      at = zid;
    }
    if (zone != nullptr && !zone->whole) touch(*zone, cursor->key());
  }
  if (!there) return there.error();
  return Done{};
}

StoreResult<Ahead> look_ahead(const Transaction& txn, const StoreFiles& files) {
  Ahead ahead;
  const auto rows = read_zones(txn, files.truth);
  if (!rows) return rows.error();
  if (StoreStatus fits = fits_slots(*rows, files.truth); !fits) return fits.error();
  for (const ZoneRowSeen& row : *rows) {
    ahead.last_timestamp = std::max(ahead.last_timestamp, row.stamp.timestamp_ns);
    const ZoneLive* known = files.zones.find(row.zid);
    if (!row.zone) {
      if (known != nullptr || row.stamp.txn > files.meta.applied_txn) ahead.gone.push_back(row.zid);
      continue;
    }
    const bool whole = known == nullptr || row.stamp.txn > files.meta.applied_txn;
    ahead.live.emplace(row.zid, Ahead::Zone{*row.zone, whole, {}});
  }
  if (StoreStatus done = scan_records(txn, files, ahead); !done) return done.error();
  return ahead;
}

/// Into one transaction of serve.mdb. What was written is in `changes`.
struct Replay {
  StoreFiles& files;
  const ReadTransaction& truth;
  const ReadTransaction& before;
  WriteTransaction& serve;
  ServeMeta& meta;
  ZoneChanges changes;
  std::size_t owners = 0, zones = 0;

  StoreStatus zone(Zid zid, const Ahead::Zone& ahead) {
    if (!ahead.whole && ahead.owners.empty()) return Done{};
    const ZoneLive* known = files.zones.find(zid);
    ZoneLive live = known != nullptr ? *known : ZoneLive{};
    live.record = ahead.record;
    live.state.zone.facts.name = ahead.record.name;
    live.state.zone.facts.zid = zid;
    StoreStatus done = ahead.whole ? whole(live) : single(live, ahead);
    if (!done) return done;
    if (StoreStatus put = serve.put(files.serve.state, Key(zid).octets(), encode_state(live.state));
        !put)
      return put;
    changes.emplace(zid, std::move(live));
    return Done{};
  }
  StoreStatus whole(ZoneLive& live) {
    ++zones;
    return compile_zone(truth, files.truth, before, serve, files.serve, live, meta.next_generation);
  }
  StoreStatus single(ZoneLive& live, const Ahead::Zone& ahead) {
    for (const auto& [text, owner] : ahead.owners)
      if (StoreStatus done = compile_owner(truth, serve, files, live, owner.first, owner.second);
          !done)
        return done;
    owners += ahead.owners.size();
    live.state.generation = meta.next_generation++;
    return Done{};
  }
  StoreStatus all(const Ahead& ahead) {
    for (const auto& [zid, row] : ahead.live)
      if (StoreStatus done = zone(zid, row); !done) return done;
    for (const Zid zid : ahead.gone) {
      if (StoreStatus done = erase_zone(serve, files.serve, zid); !done) return done;
      changes.emplace(zid, std::nullopt);
    }
    return Done{};
  }
  std::string text() const {
    std::string out = "replayed " + std::to_string(owners) + " owners";
    if (zones != 0) out += ", " + std::to_string(zones) + " whole zones";
    return out;
  }
};

}  // namespace

StoreStatus fits_slots(const std::vector<ZoneRowSeen>& rows, const TruthTables& truth) {
  std::size_t live = 0;
  for (const ZoneRowSeen& row : rows) live += row.zone ? 1 : 0;
  if (live <= ZoneMap::slots_most) return Done{};
  return refused(truth.env->path() + ": it holds " + std::to_string(live) +
                 " zones, more than the " + std::to_string(ZoneMap::slots_most) +
                 " that can be served");
}

StoreResult<std::string> catch_up(StoreFiles& files) {
  const auto truth = ReadTransaction::begin(files.truth.env);
  if (!truth) return truth.error();
  const auto ahead = look_ahead(*truth, files);
  if (!ahead) return ahead.error();
  const auto before = ReadTransaction::begin(files.serve.env);
  if (!before) return before.error();
  auto txn = WriteTransaction::begin(files.serve.env);
  if (!txn) return txn.error();
  ServeMeta meta = files.meta;
  meta.applied_txn = truth->id();
  meta.last_timestamp = std::max(meta.last_timestamp, ahead->last_timestamp);
  Replay replay{files, *truth, *before, *txn, meta, {}, 0, 0};
  if (StoreStatus done = replay.all(*ahead); !done) return done.error();
  const std::uint64_t gone = meta.next_generation++;
  if (StoreStatus put = put_meta(*txn, files.serve, meta); !put) return put.error();
  if (StoreStatus done = txn->commit(); !done) return done.error();
  files.meta = meta;
  files.zones.apply(replay.changes, gone);
  return replay.text();
}
}  // namespace windlass::auth
