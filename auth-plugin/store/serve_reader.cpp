#include "auth-plugin/store/serve_reader.hpp"

#include <array>
#include <cassert>
#include <cstring>
#include <optional>

#include "auth-plugin/store/lmdb_raw.hpp"
#include "auth-plugin/store/scratch.hpp"
namespace windlass::auth {
namespace {
constexpr std::size_t tables_count = 2;
constexpr std::array<const char*, tables_count> table_names{"node", "nsec3"};

struct Position {
  MDB_cursor* cursor = nullptr;
  bool renewed = false;  ///< in this batch
  bool behind_end = false;
};

/// What a guarded step gives back: nothing in it has a destructor.
struct Stepped {
  int code = 0;
  bool copied = false;
  MDB_val key, value;
};
}  // namespace

struct ServeReader::Impl {
  std::shared_ptr<Environment> env;
  std::optional<ReadTransaction> snapshot;
  std::array<Position, tables_count> positions;
  TableHandle state;
  Scratch scratch;
  bool begun = false;

  ~Impl() {
    for (const Position& position : positions)
      if (position.cursor != nullptr) mdb_cursor_close(position.cursor);
  }
  StoreStatus open();
  StoreResult<Row> seek(Table table, Seek how, Octets key);
  StoreResult<Row> copy_large(const Stepped& stepped);
};

namespace {
int move(Position& position, Seek how, Octets key, MDB_val& name, MDB_val& value) noexcept {
  name = raw::value_of(key);
  MDB_cursor* cursor = position.cursor;
  switch (how) {
    case Seek::exact:
      return mdb_cursor_get(cursor, &name, &value, MDB_SET_KEY);
    case Seek::at_or_next: {
      const int code = mdb_cursor_get(cursor, &name, &value, MDB_SET_RANGE);
      position.behind_end = code == MDB_NOTFOUND;
      return code;
    }
    case Seek::before:
    case Seek::last_of_zone: {
      const int code =
          key.empty() ? MDB_NOTFOUND : mdb_cursor_get(cursor, &name, &value, MDB_SET_RANGE);
      if (code != 0 && code != MDB_NOTFOUND) return code;
      return mdb_cursor_get(cursor, &name, &value, code == 0 ? MDB_PREV : MDB_LAST);
    }
    case Seek::next:
      return position.behind_end ? MDB_NOTFOUND : mdb_cursor_get(cursor, &name, &value, MDB_NEXT);
    case Seek::previous:
      return mdb_cursor_get(cursor, &name, &value, position.behind_end ? MDB_LAST : MDB_PREV);
  }
  return MDB_NOTFOUND;
}

void copy_row(const Stepped& row, std::uint8_t* to) noexcept {
  std::memcpy(to, row.key.mv_data, row.key.mv_size);
  std::memcpy(to + row.key.mv_size, row.value.mv_data, row.value.mv_size);
}

bool same_zone(const MDB_val& name, Octets key) noexcept {
  return name.mv_size >= zid_octets && key.size() >= zid_octets &&
         std::memcmp(name.mv_data, key.data(), zid_octets) == 0;
}

/// The leaf: moves the cursor and copies key and value to the scratch, when both fit. `zone`: a key
/// whose first 8 octets the row must share.
void step_and_copy(MDB_txn* txn, Position& position, Seek how, Octets sought, Octets zone,
                   Scratch& scratch, Stepped& out) noexcept {
  if (!position.renewed) {
    out.code = mdb_cursor_renew(txn, position.cursor);
    if (out.code != 0) return;
    position.renewed = true;
  }
  out.code = move(position, how, sought, out.key, out.value);
  if (how != Seek::at_or_next) position.behind_end = false;
  if (out.code == 0 && !same_zone(out.key, zone)) out.code = MDB_NOTFOUND;
  if (out.code != 0 || out.value.mv_size > Scratch::block_octets) return;
  std::uint8_t* room = scratch.room(out.key.mv_size + out.value.mv_size);
  if (room == nullptr) return;
  copy_row(out, room);
  out.copied = true;
}

Row taken(Scratch& scratch, const Stepped& stepped) noexcept {
  const std::size_t key = stepped.key.mv_size, value = stepped.value.mv_size;
  const std::uint8_t* row = scratch.room(key + value);
  scratch.take(key + value);
  return {true, {row, key}, {row + key, value}};
}
}  // namespace

StoreStatus ServeReader::Impl::open() {
  std::array<TableHandle, tables_count> tables;
  for (std::size_t i = 0; i < tables_count; ++i) {
    const auto table = env->table(table_names[i], false);
    if (!table) return table.error();
    tables[i] = *table;
  }
  const auto opened = env->table("state", false);
  if (!opened) return opened.error();
  state = *opened;
  auto first = ReadTransaction::begin(env);
  if (!first) return first.error();
  snapshot.emplace(*std::move(first));
  for (std::size_t i = 0; i < tables_count; ++i) {
    const int code = raw::attempt(*env, [&] {
      return mdb_cursor_open(snapshot->raw(), tables[i].number, &positions[i].cursor);
    });
    if (code != 0) return raw::explain(code, *env, "read");
  }
  snapshot->reset();
  return Done{};
}

StoreResult<std::unique_ptr<ServeReader>> ServeReader::open(std::shared_ptr<Environment> serve) {
  if (serve == nullptr) return raw::not_open();
  auto impl = std::make_unique<Impl>();
  impl->env = std::move(serve);
  if (const auto done = impl->open(); !done) return done.error();
  return std::unique_ptr<ServeReader>(new ServeReader(std::move(impl)));
}

ServeReader::ServeReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ServeReader::~ServeReader() = default;

StoreStatus ServeReader::begin() {
  if (impl_->begun) end();
  if (const auto done = impl_->snapshot->renew(); !done) return done.error();
  for (Position& position : impl_->positions) position.renewed = position.behind_end = false;
  impl_->begun = true;
  return Done{};
}

void ServeReader::end() noexcept {
  if (impl_->begun) impl_->snapshot->reset();
  impl_->begun = false;
  release();
}

StoreResult<std::uint64_t> ServeReader::generation(Zid zid) {
  Environment& env = *impl_->env;
  if (env.is_bad()) return env.bad_error();
  assert(impl_->begun);
  const Key key(zid);
  std::uint64_t generation = 0;
  bool whole = false;
  const int code = raw::attempt(env, [&] {
    MDB_val name = raw::value_of(key.octets()), value{};
    const int got = mdb_get(impl_->snapshot->raw(), impl_->state.number, &name, &value);
    whole = got == 0 && value.mv_size >= sizeof generation;
    if (whole) std::memcpy(&generation, value.mv_data, sizeof generation);
    return got;
  });
  if (code == MDB_NOTFOUND) return std::uint64_t{0};
  if (code != 0) return raw::explain(code, env, "read");
  if (!whole) return damaged("the state of a zone is cut off");
  return generation;
}

StoreResult<Row> ServeReader::seek(Table table, Seek how, Octets key) {
  return impl_->seek(table, how, key);
}

StoreResult<Row> ServeReader::Impl::seek(Table table, Seek how, Octets key) {
  if (env->is_bad()) return env->bad_error();
  assert(begun);
  Position& position = positions[static_cast<std::size_t>(table)];
  // The last of a zone stands before the first key of the zone behind it; empty: there is none.
  const Zid zid = zid_in(key);
  const Key behind(zid + 1);
  Octets sought = key;
  if (how == Seek::last_of_zone) sought = zid == ~Zid{0} ? Octets() : behind.octets();
  MDB_txn* txn = snapshot->raw();
  Stepped stepped;
  const int code = raw::attempt(*env, [&] {
    step_and_copy(txn, position, how, sought, key, scratch, stepped);
    return stepped.code;
  });
  if (code == MDB_NOTFOUND) return Row{};
  if (code != 0) return raw::explain(code, *env, "read");
  return stepped.copied ? taken(scratch, stepped) : copy_large(stepped);
}

/// A row that the block at hand has no room for. No file holds a row longer than itself.
StoreResult<Row> ServeReader::Impl::copy_large(const Stepped& stepped) {
  const std::size_t octets = stepped.key.mv_size + stepped.value.mv_size;
  if (octets > env->file_octets()) {
    env->mark_bad("a row is longer than the file");
    return env->bad_error();
  }
  if (scratch.room(octets) == nullptr) scratch.grow(octets);
  std::uint8_t* room = scratch.room(octets);
  if (raw::attempt(*env, [&] { return copy_row(stepped, room), 0; }) != 0) return env->bad_error();
  return taken(scratch, stepped);
}

void ServeReader::release() noexcept {
  impl_->scratch.clear();
}

StoreError ServeReader::damaged(const char* what) const {
  return {Trouble::damaged, impl_->env->path() + ": " + what + "; " + impl_->env->remedy()};
}
}  // namespace windlass::auth
