// A compact copy, row by row: liblmdb's own walks the tree in a thread of its own, where no guard
// stands.
#include <unistd.h>

#include "auth-plugin/store/lmdb_raw.hpp"
namespace windlass::auth {
namespace {
constexpr std::uint64_t rows_a_commit = 16384;

struct Copy {
  ReadTransaction from;
  std::shared_ptr<Environment> to;
  const std::function<bool(std::uint64_t)>& keep_on;
  std::uint64_t rows = 0;
};

/// At most rows_a_commit rows; true: there are more. The writing transaction copies the mapped
/// octets inside liblmdb, under the guard.
StoreResult<bool> copy_some(Copy& copy, Cursor& cursor, TableHandle table) {
  auto write = WriteTransaction::begin(copy.to);
  if (!write) return write.error();
  bool more = true;
  for (std::uint64_t row = 0; row < rows_a_commit && more; ++row, ++copy.rows) {
    if (const auto put = write->put_append(table, cursor.key(), cursor.value()); !put)
      return put.error();
    const auto next = cursor.next();
    if (!next) return next.error();
    more = *next;
  }
  if (const auto done = write->commit(); !done) return done.error();
  if (copy.keep_on && !copy.keep_on(copy.rows))
    return StoreError{Trouble::cancelled, copy.to->path() + ": the copy was stopped"};
  return more;
}

StoreStatus copy_table(Copy& copy, Environment& from, const std::string& name) {
  const auto source = from.table(name, false);
  if (!source) return source.error();
  const auto target = copy.to->table(name);
  if (!target) return target.error();
  auto cursor = copy.from.cursor(*source);
  if (!cursor) return cursor.error();
  auto more = cursor->first();
  while (more && *more) more = copy_some(copy, *cursor, *target);
  if (!more) return more.error();
  return Done{};
}

StoreStatus copy_tables(Copy& copy, Environment& from, const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (const auto done = copy_table(copy, from, name); !done) return done.error();
  return copy.to->sync();
}
}  // namespace

StoreStatus Environment::copy_compact(const std::string& path,
                                      const std::function<bool(std::uint64_t)>& keep_on) {
  if (::access(path.c_str(), F_OK) == 0)
    return StoreError{Trouble::refused, path + ": is there already; name a new place"};
  const auto names = table_names();
  if (!names) return names.error();
  for (const std::string& name : *names)  // before the snapshot: it must know them
    if (const auto opened = table(name, false); !opened) return opened.error();
  auto snapshot = ReadTransaction::begin(shared_from_this());
  if (!snapshot) return snapshot.error();
  auto target =
      open({.path = path, .map_octets = map_octets(), .tables = tables_most, .sync = false});
  if (!target) return target.error();
  Copy copy{*std::move(snapshot), *std::move(target), keep_on};
  const auto done = copy_tables(copy, *this, *names);
  if (!done) ::unlink(path.c_str());
  ::unlink((path + "-lock").c_str());
  return done;
}
}  // namespace windlass::auth
