#include "auth-plugin/write/local.hpp"

#include "auth-plugin/write/bytes.hpp"
#include "auth-plugin/write/row_copy.hpp"
namespace windlass::auth {
namespace {
std::vector<std::uint8_t> row_of(std::uint32_t serial) {
  std::vector<std::uint8_t> out;
  bytes::append_big(out, serial);
  return out;
}
}  // namespace

StoreResult<LocalStore> LocalStore::open(const std::string& path, std::uint64_t map_octets,
                                         unsigned readers) {
  LocalStore local;
  auto env = Environment::open({.path = path, .map_octets = map_octets, .readers = readers});
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
    if (!bytes::take_big(value, floor.highest))
      return StoreError{Trouble::damaged, env_->path() +
                                              ": a serial cannot be read; remove the file "
                                              "(serials may then repeat)"};
    floor.reserved = floor.highest;
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

StoreStatus LocalStore::publish(Zid zid, std::uint32_t serial) {
  const auto [found, is_new] = floors_.try_emplace(zid, Floor{serial, serial});
  Floor& floor = found->second;
  if (is_new || serial_after(serial, floor.reserved)) {
    const std::uint32_t reserved = serial + ahead;
    auto txn = WriteTransaction::begin(env_);
    if (!txn) return txn.error();
    if (StoreStatus put = txn->put(serial_, Key(zid).octets(), row_of(reserved)); !put) return put;
    if (StoreStatus done = txn->commit(); !done) {
      if (is_new) floors_.erase(found);
      return done;
    }
    floor.reserved = reserved;
  }
  if (serial_after(serial, floor.highest)) floor.highest = serial;
  return Done{};
}

void LocalStore::settle(Zid zid, std::uint32_t serial) noexcept {
  const auto found = floors_.find(zid);
  if (found == floors_.end()) return;
  Floor& floor = found->second;
  if (floor.reserved - serial <= ahead) floor.highest = serial;
}

StoreStatus LocalStore::close() {
  auto txn = WriteTransaction::begin(env_);
  if (!txn) return txn.error();
  bool any = false;
  for (const auto& [zid, floor] : floors_) {
    if (floor.reserved == floor.highest) continue;
    any = true;
    if (StoreStatus put = txn->put(serial_, Key(zid).octets(), row_of(floor.highest)); !put)
      return put;
  }
  return any ? txn->commit() : StoreStatus(Done{});
}
}  // namespace windlass::auth
