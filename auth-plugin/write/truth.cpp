#include "auth-plugin/write/truth.hpp"

#include "auth-plugin/write/bytes.hpp"
#include "crypto/csprng.hpp"
namespace windlass::auth {
namespace {

constexpr std::string_view id_key = "environment";
constexpr std::uint8_t row_format = 1;
constexpr std::uint8_t rr_has_case = 4;

StoreError damaged(const Environment& env, const char* what) {
  return {Trouble::damaged, env.path() + ": " + what + "; " + env.remedy()};
}

/// An LMDB file with tables, none of them ours, is another program's.
StoreStatus judge_tables(Environment& env) {
  const auto names = env.table_names();
  if (!names) return names.error();
  if (names->empty()) return Done{};
  for (const std::string& name : *names) {
    if (name == "zone_v1") return Done{};
    if (name.starts_with("zone_v"))
      return StoreError{Trouble::newer, env.path() + ": written by a later version of Windlass (" +
                                            name + "); use that version, or restore a backup"};
  }
  return StoreError{Trouble::foreign, env.path() +
                                          ": an LMDB file of another program (it has a table `" +
                                          names->front() + "`); name another folder"};
}

StoreStatus open_tables(TruthTables& truth) {
  const std::pair<const char*, TableHandle*> rows[] = {
      {"zone_v1", &truth.zone}, {"rr_v1", &truth.rr}, {"meta_v1", &truth.meta}};
  for (const auto& [name, handle] : rows) {
    const auto table = truth.env->table(name);
    if (!table) return table.error();
    *handle = *table;
  }
  return Done{};
}

StoreResult<bool> read_id(TruthTables& truth) {
  const auto txn = ReadTransaction::begin(truth.env);
  if (!txn) return txn.error();
  const auto value = txn->copied(truth.meta, bytes::of(id_key));
  if (!value) return value.error();
  if (!*value) return false;
  const auto row = read_row(**value);
  if (!row || row->content.size() != truth.id.size())
    return damaged(*truth.env, "its id is damaged");
  std::copy(row->content.begin(), row->content.end(), truth.id.begin());
  return true;
}

/// Of an empty file alone: one with rows had an id, and nothing is written into what lost it.
StoreStatus make_id(TruthTables& truth) {
  auto txn = WriteTransaction::begin(truth.env);
  if (!txn) return txn.error();
  for (const TableHandle table : {truth.zone, truth.rr, truth.meta}) {
    const auto rows = txn->entries(table);
    if (!rows) return rows.error();
    if (*rows != 0) return damaged(*truth.env, "its id is gone");
  }
  crypto::Csprng().fill(truth.id);
  std::vector<std::uint8_t> value;
  bytes::append(value, encode({.timestamp_ns = 1, .txn = txn->id()}));
  bytes::append(value, truth.id);
  if (StoreStatus put = txn->put(truth.meta, bytes::of(id_key), value); !put) return put;
  return txn->commit();
}

}  // namespace

StoreResult<TruthTables> TruthTables::open(const std::string& path, std::uint64_t map_octets,
                                           unsigned readers) {
  auto env = Environment::open(
      {.path = path,
       .map_octets = map_octets,
       .readers = readers,
       .remedy = "stop Windlass, copy a backup's zones.mdb to this path, start it again"});
  if (!env) return env.error();
  if (StoreStatus ours = judge_tables(**env); !ours) return ours.error();
  TruthTables truth{*env, {}, {}, {}, {}};
  if (StoreStatus opened = open_tables(truth); !opened) return opened.error();
  const auto known = read_id(truth);
  if (!known) return known.error();
  if (!*known)
    if (StoreStatus made = make_id(truth); !made) return made.error();
  return truth;
}

StoreResult<TruthTables> TruthTables::open_read_only(const std::string& path) {
  auto env = Environment::open(
      {.path = path, .create = false, .read_only = true, .remedy = "take another backup"});
  if (!env) return env.error();
  if (StoreStatus ours = judge_tables(**env); !ours) return ours.error();
  TruthTables truth{*env, {}, {}, {}, {}};
  if (StoreStatus opened = open_tables(truth); !opened) return opened.error();
  return truth;
}

std::array<std::uint8_t, RowHeader::octets> tombstone(RowHeader stamp) noexcept {
  stamp.deleted = true;
  return encode(stamp);
}

std::vector<std::uint8_t> encode_zone(const ZoneRecord& zone, const RowHeader& stamp) {
  std::vector<std::uint8_t> out;
  bytes::append(out, encode(stamp));
  out.push_back(row_format);
  out.push_back(static_cast<std::uint8_t>(zone.kind));
  out.push_back(0);
  bytes::append_big(out, zone.incarnation);
  out.push_back(static_cast<std::uint8_t>(zone.name.size_octets()));
  bytes::append(out, zone.name.wire());
  out.push_back(0);  // the view: none yet
  return out;
}

std::optional<ZoneRecord> decode_zone(Octets body) noexcept {
  ZoneRecord zone;
  std::uint8_t format = 0, kind = 0, flags = 0, octets = 0;
  Octets wire;
  if (!bytes::take_big(body, format) || !bytes::take_big(body, kind) ||
      !bytes::take_big(body, flags) || !bytes::take_big(body, zone.incarnation) ||
      !bytes::take_big(body, octets) || !bytes::take(body, octets, wire) || format != row_format ||
      kind > static_cast<std::uint8_t>(ZoneKind::secondary))
    return std::nullopt;
  const auto name = dns::Name::from_wire(wire);
  if (!name || name->size_octets() != octets) return std::nullopt;
  zone.name = *name;
  zone.kind = ZoneKind{kind};
  return zone;
}

StoreResult<std::vector<ZoneRowSeen>> read_zones(const Transaction& txn, const TruthTables& truth) {
  std::vector<ZoneRowSeen> out;
  auto cursor = CopyingCursor::begin(txn, *truth.env, truth.zone);
  if (!cursor) return cursor.error();
  auto there = cursor->first();
  for (; there && *there; there = cursor->next()) {
    const auto row = read_row(cursor->value());
    if (!row || cursor->key().size() != 8) return damaged(*truth.env, "a zone's row is damaged");
    ZoneRowSeen seen{zid_in(cursor->key()), row->header, std::nullopt};
    if (!row->header.deleted) {
      seen.zone = decode_zone(row->content);
      if (!seen.zone) return damaged(*truth.env, "a zone's row cannot be read");
    }
    out.push_back(std::move(seen));
  }
  if (!there) return there.error();
  return out;
}

void append_rr(std::vector<std::uint8_t>& out, const RRsetSlice& rrset) {
  const bool has_case = std::any_of(rrset.owner_wire.begin(), rrset.owner_wire.end(),
                                    [](std::uint8_t octet) { return dns::lower(octet) != octet; });
  out.push_back(row_format);
  out.push_back(has_case ? rr_has_case : std::uint8_t{0});
  bytes::append_big(out, rrset.ttl);
  bytes::append_big(out, rrset.count);
  if (has_case) {
    out.push_back(static_cast<std::uint8_t>(rrset.owner_wire.size()));
    bytes::append(out, rrset.owner_wire);
  }
  bytes::each_rdata(rrset.rdatas, [&out](Octets rdata) {
    bytes::append_big(out, static_cast<std::uint16_t>(rdata.size()));
    bytes::append(out, rdata);
  });
}

namespace {
/// The owner into `room`: from the row when it has case, else from the key. Its octets; 0: damaged.
std::size_t put_owner(Octets& body, std::uint8_t flags, Octets key, const dns::Name& zone,
                      std::vector<std::uint8_t>& room) {
  if ((flags & rr_has_case) == 0) {
    const auto parts = read_key(key, zone);
    if (!parts) return 0;
    bytes::append(room, parts->owner.wire());
    return parts->owner.size_octets();
  }
  std::uint8_t octets = 0;
  Octets wire;
  if (!bytes::take_big(body, octets) || !bytes::take(body, octets, wire)) return 0;
  const auto name = dns::Name::from_wire(wire);
  if (!name || name->size_octets() != octets || !name->is_at_or_below(zone)) return 0;
  bytes::append(room, wire);
  return octets;
}
}  // namespace

std::optional<RRsetSlice> decode_rr(Octets key, Octets body, const dns::Name& zone,
                                    std::vector<std::uint8_t>& room) {
  RRsetSlice rrset;
  std::uint8_t format = 0, flags = 0;
  if (key.size() < 11 || !bytes::take_big(body, format) || !bytes::take_big(body, flags) ||
      !bytes::take_big(body, rrset.ttl) || !bytes::take_big(body, rrset.count) ||
      format != row_format || rrset.count == 0)
    return std::nullopt;
  room.clear();
  const std::size_t owner = put_owner(body, flags, key, zone, room);
  if (owner == 0) return std::nullopt;
  for (std::uint16_t i = 0; i < rrset.count; ++i) {
    std::uint16_t octets = 0;
    Octets rdata;
    if (!bytes::take_big(body, octets) || !bytes::take(body, octets, rdata)) return std::nullopt;
    bytes::append_native(room, octets);
    bytes::append(room, rdata);
  }
  if (!body.empty()) return std::nullopt;
  rrset.type = dns::Type{dns::word16(key, key.size() - 2)};
  const std::size_t rdatas = room.size() - owner;
  bytes::append(room, key.subspan(8));
  rrset.owner_wire = Octets(room).first(owner);
  rrset.rdatas = Octets(room).subspan(owner, rdatas);
  rrset.key = Octets(room).subspan(owner + rdatas);
  return rrset;
}

StoreResult<TruthWalk> TruthWalk::begin(const Transaction& txn, const TruthTables& truth,
                                        const ZoneRecord& zone, Octets front) {
  auto cursor = CopyingCursor::begin(txn, *truth.env, truth.rr);
  if (!cursor) return cursor.error();
  return TruthWalk(truth, zone, front, *std::move(cursor));
}

/// Two rooms take turns, an owner each: the compiler still reads the one before.
std::vector<std::uint8_t>& TruthWalk::room_for(Octets owner) {
  if (bytes::order(rooms_[room_].owner, owner) != 0) {
    room_ ^= 1u;
    rooms_[room_].used = 0;
    rooms_[room_].owner.assign(owner.begin(), owner.end());
  }
  Room& room = rooms_[room_];
  if (room.used == room.rows.size()) room.rows.emplace_back();
  return room.rows[room.used++];
}

StoreResult<std::optional<RRsetSlice>> TruthWalk::next() {
  for (;;) {
    const auto there = begun_ ? cursor_.next() : cursor_.at_or_after(front_);
    begun_ = true;
    if (!there) return there.error();
    const Octets key = cursor_.key();
    if (!*there || !begins_with(key, front_)) return std::optional<RRsetSlice>();
    const auto row = read_row(cursor_.value());
    if (!row || key.size() < 11) return damaged(*truth_->env, "a record's row is damaged");
    if (row->header.deleted || row->header.timestamp_ns < zone_.incarnation) continue;
    auto rrset = decode_rr(key, row->content, zone_.name, room_for(key.first(key.size() - 2)));
    if (!rrset) return damaged(*truth_->env, "a record's row cannot be read");
    return rrset;
  }
}

RecordChange compare_records(Octets before, Octets after) {
  std::vector<std::string_view> old_rows, new_rows;
  const auto collect = [](std::vector<std::string_view>& to) {
    return [&to](Octets rdata) {
      to.emplace_back(reinterpret_cast<const char*>(rdata.data()), rdata.size());
    };
  };
  bytes::each_rdata(before, collect(old_rows));
  bytes::each_rdata(after, collect(new_rows));
  std::sort(old_rows.begin(), old_rows.end());
  std::sort(new_rows.begin(), new_rows.end());
  RecordChange change;
  auto a = old_rows.begin();
  auto b = new_rows.begin();
  while (a != old_rows.end() || b != new_rows.end()) {
    if (b == new_rows.end() || (a != old_rows.end() && *a < *b)) {
      ++change.removed, ++a;
    } else if (a == old_rows.end() || *b < *a) {
      ++change.added, ++b;
    } else {
      ++a, ++b;
    }
  }
  return change;
}

StoreResult<TruthMerge> TruthMerge::begin(const ReadTransaction& before, WriteTransaction& txn,
                                          const TruthTables& truth, const ZoneRecord& zone,
                                          const RowHeader& stamp) {
  auto old = CopyingCursor::begin(before, *truth.env, truth.rr);
  if (!old) return old.error();
  TruthMerge merge(txn, truth, zone, stamp, *std::move(old));
  const Key front(zid_of(zone.name));
  merge.front_.assign(front.octets().begin(), front.octets().end());
  const auto last = merge.old_.last();
  if (!last) return last.error();
  merge.last_.assign(merge.old_.key().begin(), merge.old_.key().end());
  if (StoreStatus placed = merge.step(merge.old_.at_or_after(merge.front_)); !placed)
    return placed.error();
  return merge;
}

/// Takes what the cursor now stands on.
StoreStatus TruthMerge::step(StoreResult<bool> there) {
  if (!there) return there.error();
  there_ = *there && begins_with(old_.key(), front_);
  old_row_.reset();
  if (!there_) return Done{};
  const auto row = read_row(old_.value());
  if (!row) return damaged(*truth_->env, "a record's row is damaged");
  old_row_ = *row;
  if (old_row_->header.timestamp_ns < zone_.incarnation) old_row_->header.deleted = true;
  return Done{};
}

std::uint64_t TruthMerge::records_of(Octets body) {
  const auto rrset = decode_rr(old_.key(), body, zone_.name, room_);
  return rrset ? rrset->count : 0;
}

StoreStatus TruthMerge::drop_below(Octets key) {
  while (there_ && (key.empty() || bytes::order(old_.key(), key) < 0)) {
    if (!old_row_->header.deleted) {
      records_.removed += records_of(old_row_->content);
      value_.clear();
      bytes::append(value_, tombstone(stamp_));
      changed_ = true;
      if (StoreStatus put = txn_->put(truth_->rr, old_.key(), value_); !put) return put;
    }
    if (StoreStatus next = step(old_.next()); !next) return next;
  }
  return Done{};
}

StoreStatus TruthMerge::rrset(const RRsetSlice& rrset) {
  key_.assign(front_.begin(), front_.end());
  bytes::append(key_, rrset.key);
  if (there_)
    if (StoreStatus dropped = drop_below(key_); !dropped) return dropped;
  value_.clear();
  bytes::append(value_, encode(stamp_));
  const std::size_t header = value_.size();
  append_rr(value_, rrset);
  if (!there_ || bytes::order(old_.key(), key_) != 0) {
    records_.added += rrset.count;
    changed_ = true;
    const bool above_all = bytes::order(key_, last_) > 0;
    return above_all ? txn_->put_append(truth_->rr, key_, value_)
                     : txn_->put(truth_->rr, key_, value_);
  }
  if (!old_row_->header.deleted) {
    const Octets body = Octets(value_).subspan(header);
    if (bytes::order(old_row_->content, body) == 0) return step(old_.next());
    const auto old = decode_rr(old_.key(), old_row_->content, zone_.name, room_);
    const auto change = compare_records(old ? old->rdatas : Octets(), rrset.rdatas);
    records_.added += change.added;
    records_.removed += change.removed;
  } else {
    records_.added += rrset.count;
  }
  changed_ = true;
  if (StoreStatus put = txn_->put(truth_->rr, key_, value_); !put) return put;
  return step(old_.next());
}

StoreStatus TruthMerge::finish() {
  return drop_below({});
}
}  // namespace windlass::auth
