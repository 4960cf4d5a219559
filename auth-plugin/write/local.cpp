#include "auth-plugin/write/local.hpp"

#include "auth-plugin/write/bytes.hpp"
#include "auth-plugin/write/row_copy.hpp"
namespace windlass::auth {
namespace {
std::vector<std::uint8_t> row_of(std::uint32_t reserved, std::uint32_t noted) {
  std::vector<std::uint8_t> out;
  bytes::append_big(out, reserved);
  bytes::append_big(out, noted);
  return out;
}
}  // namespace

StoreResult<LocalStore> LocalStore::open(const std::string& path, std::uint64_t map_octets,
                                         unsigned readers) {
  LocalStore local;
  auto env = Environment::open({.path = path,
                                .map_octets = map_octets,
                                .readers = readers,
                                .remedy = "it is set aside and begun anew at the next start"});
  if (!env) return env.error();
  local.env_ = *env;
  const auto table = local.env_->table("serial");
  if (!table) return table.error();
  local.serial_ = *table;
  if (StoreStatus done = local.read(); !done) return done.error();
  return local;
}

StoreStatus LocalStore::read() {
  const auto txn = ReadTransaction::begin(env_);
  if (!txn) return txn.error();
  auto cursor = CopyingCursor::begin(*txn, *env_, serial_);
  if (!cursor) return cursor.error();
  auto there = cursor->first();
  for (; there && *there; there = cursor->next()) {
    Octets value = cursor->value();
    Floor floor;
    if (!bytes::take_big(value, floor.reserved))
      return StoreError{Trouble::damaged,
                        env_->path() + ": a serial cannot be read; " + env_->remedy()};
    // Rows of 4 octets were written before `noted` was.
    if (!bytes::take_big(value, floor.noted)) floor.noted = floor.reserved;
    floor.highest = floor.reserved;
    floors_[zid_in(cursor->key())] = floor;
  }
  if (!there) return there.error();
  return Done{};
}

bool LocalStore::is_behind(Zid zid, std::uint32_t serial) const noexcept {
  const auto found = floors_.find(zid);
  return found != floors_.end() && serial_after(found->second.highest, serial);
}

std::uint32_t LocalStore::next(Zid zid, std::uint32_t current) const noexcept {
  const std::uint32_t from = is_behind(zid, current) ? floors_.at(zid).highest : current;
  return from + 1 == 0 ? 1 : from + 1;  // 0 is legal, but some secondaries take it for "none"
}

std::optional<std::uint32_t> LocalStore::highest(Zid zid) const {
  const auto found = floors_.find(zid);
  return found == floors_.end() ? std::nullopt : std::optional(found->second.highest);
}

std::uint32_t LocalStore::first(Zid zid) const noexcept {
  const auto published = highest(zid);
  return published ? next(zid, *published) : 1;
}

StoreStatus LocalStore::write(Zid zid, const Floor& floor) {
  auto txn = WriteTransaction::begin(env_);
  if (!txn) return txn.error();
  if (StoreStatus put = txn->put(serial_, Key(zid).octets(), row_of(floor.reserved, floor.noted));
      !put)
    return put;
  return txn->commit();
}

/// A serial that goes back is noted at once with what was published before it: after an unclean end
/// the truth shows the lower one.
StoreStatus LocalStore::publish(Zid zid, std::uint32_t serial) {
  const auto found = floors_.find(zid);
  Floor floor = found == floors_.end() ? Floor{serial, serial, serial} : found->second;
  const bool goes_back = serial_after(floor.highest, serial) && floor.noted != floor.highest;
  if (serial_after(serial, floor.highest)) floor.highest = serial;
  if (found == floors_.end() || serial_after(serial, floor.reserved) || goes_back) {
    if (!serial_after(floor.reserved, serial)) floor.reserved = serial + ahead;
    floor.noted = floor.highest;
    if (StoreStatus written = write(zid, floor); !written) return written;
  }
  floors_.insert_or_assign(zid, floor);
  return Done{};
}

StoreStatus LocalStore::adopt(const std::vector<std::pair<Zid, std::uint32_t>>& serials) {
  auto txn = WriteTransaction::begin(env_);
  if (!txn) return txn.error();
  for (const auto& [zid, serial] : serials) {
    if (!floors_.try_emplace(zid, Floor{serial, serial, serial}).second) continue;
    if (StoreStatus put = txn->put(serial_, Key(zid).octets(), row_of(serial, serial)); !put)
      return put;
  }
  return txn->wrote() ? txn->commit() : StoreStatus(Done{});
}

void LocalStore::settle(Zid zid, std::uint32_t serial) noexcept {
  const auto found = floors_.find(zid);
  if (found == floors_.end()) return;
  Floor& floor = found->second;
  if (floor.reserved - serial <= ahead && !serial_after(floor.noted, serial))
    floor.highest = serial;
}

StoreStatus LocalStore::close() {
  auto txn = WriteTransaction::begin(env_);
  if (!txn) return txn.error();
  for (const auto& [zid, floor] : floors_) {
    if (floor.reserved == floor.highest && floor.noted == floor.highest) continue;
    if (StoreStatus put =
            txn->put(serial_, Key(zid).octets(), row_of(floor.highest, floor.highest));
        !put)
      return put;
  }
  return txn->wrote() ? txn->commit() : StoreStatus(Done{});
}
}  // namespace windlass::auth
