#include "auth-plugin/write/serve.hpp"

#include "auth-plugin/write/bytes.hpp"
namespace windlass::auth {
namespace {

constexpr std::string_view meta_key = "serve";

enum StateFlag : std::uint8_t { state_signed = 1, state_nsec3 = 2, state_presigned = 4 };

std::uint8_t flags_of(const Compiled& zone) noexcept {
  unsigned flags = 0;
  if (zone.facts.is_signed) flags |= state_signed;
  if (zone.facts.nsec3) flags |= state_nsec3;
  if (zone.presigned) flags |= state_presigned;
  return static_cast<std::uint8_t>(flags);
}

}  // namespace

StoreResult<ServeTables> ServeTables::open(const std::string& path, std::uint64_t map_octets,
                                           unsigned readers) {
  auto env =
      Environment::open({.path = path,
                         .map_octets = map_octets,
                         .readers = readers,
                         .sync = false,
                         .remedy = "`windlassctl store rebuild` makes it anew, as does a restart"});
  if (!env) return env.error();
  ServeTables tables{*env, {}, {}, {}, {}};
  const std::pair<const char*, TableHandle*> rows[] = {{"node", &tables.node},
                                                       {"nsec3", &tables.nsec3},
                                                       {"state", &tables.state},
                                                       {"meta", &tables.meta}};
  for (const auto& [name, handle] : rows) {
    const auto table = (*env)->table(name);
    if (!table) return table.error();
    *handle = *table;
  }
  return tables;
}

std::vector<std::uint8_t> encode_state(const ServeState& state) {
  std::vector<std::uint8_t> out;
  const ZoneFacts& facts = state.zone.facts;
  bytes::append_native(out, state.generation);
  bytes::append_native(out, state.zone.records);
  bytes::append_native(out, state.zone.names);
  bytes::append_native(out, state.zone.serial);
  bytes::append_native(out, facts.nsec3_iterations);
  out.push_back(flags_of(state.zone));
  out.push_back(facts.nsec3_salt_octets);
  out.insert(out.end(), facts.nsec3_salt, facts.nsec3_salt + facts.nsec3_salt_octets);
  return out;
}

std::optional<ServeState> decode_state(Octets value) {
  ServeState state;
  ZoneFacts& facts = state.zone.facts;
  std::uint8_t flags = 0;
  if (!bytes::take_native(value, state.generation) ||
      !bytes::take_native(value, state.zone.records) ||
      !bytes::take_native(value, state.zone.names) ||
      !bytes::take_native(value, state.zone.serial) ||
      !bytes::take_native(value, facts.nsec3_iterations) || !bytes::take_native(value, flags) ||
      !bytes::take_native(value, facts.nsec3_salt_octets) ||
      value.size() != facts.nsec3_salt_octets)
    return std::nullopt;
  std::copy(value.begin(), value.end(), facts.nsec3_salt);
  facts.is_signed = (flags & state_signed) != 0;
  facts.nsec3 = (flags & state_nsec3) != 0;
  state.zone.presigned = (flags & state_presigned) != 0;
  return state;
}

StoreStatus put_meta(WriteTransaction& txn, const ServeTables& serve, const ServeMeta& meta) {
  std::vector<std::uint8_t> out;
  bytes::append_native(out, meta);
  return txn.put(serve.meta, bytes::of(meta_key), out);
}

StoreResult<std::optional<ServeMeta>> read_meta(const Transaction& txn, const ServeTables& serve) {
  const auto value = txn.copied(serve.meta, bytes::of(meta_key));
  if (!value) return value.error();
  if (!*value) return std::optional<ServeMeta>();
  ServeMeta meta;
  Octets octets = **value;
  if (!bytes::take_native(octets, meta) || !octets.empty() || meta.format != ServeMeta::format_now)
    return std::optional<ServeMeta>();
  return std::optional(meta);
}

StoreResult<RowMerge> RowMerge::begin(const ReadTransaction& before, WriteTransaction& txn,
                                      const Environment& env, TableHandle table, Octets front) {
  auto old = CopyingCursor::begin(before, env, table);
  if (!old) return old.error();
  RowMerge merge(txn, table, front, *std::move(old));
  const auto last = merge.old_.last();
  if (!last) return last.error();
  merge.last_.assign(merge.old_.key().begin(), merge.old_.key().end());
  const auto there = merge.old_.at_or_after(front);
  if (!there) return there.error();
  merge.there_ = *there && begins_with(merge.old_.key(), front);
  return merge;
}

StoreStatus RowMerge::read_old() {
  const auto there = old_.next();
  if (!there) return there.error();
  there_ = *there && begins_with(old_.key(), front_);
  return Done{};
}

StoreStatus RowMerge::drop_below(Octets key) {
  while (there_ && (key.empty() || bytes::order(old_.key(), key) < 0)) {
    const auto gone = txn_->del(table_, old_.key());
    if (!gone) return gone.error();
    changed_ = true;
    if (StoreStatus next = read_old(); !next) return next;
  }
  return Done{};
}

StoreStatus RowMerge::row(Octets key, Octets value) {
  if (there_)
    if (StoreStatus dropped = drop_below(key); !dropped) return dropped;
  if (there_ && bytes::order(old_.key(), key) == 0) {
    const bool same = old_.value().size() == value.size() && bytes::order(old_.value(), value) == 0;
    if (StoreStatus next = read_old(); !next || same) return next;
    changed_ = true;
    return txn_->put(table_, key, value);
  }
  changed_ = true;
  const bool above_all = bytes::order(key, last_) > 0;
  return above_all ? txn_->put_append(table_, key, value) : txn_->put(table_, key, value);
}

StoreStatus RowMerge::finish() {
  return drop_below({});
}

StoreResult<std::unique_ptr<ZoneSink>> ZoneSink::begin(const ReadTransaction& before,
                                                       WriteTransaction& txn,
                                                       const ServeTables& serve, Zid zid) {
  const Key front(zid);
  auto nodes = RowMerge::begin(before, txn, *serve.env, serve.node, front.octets());
  if (!nodes) return nodes.error();
  auto nsec3s = RowMerge::begin(before, txn, *serve.env, serve.nsec3, front.octets());
  if (!nsec3s) return nsec3s.error();
  return std::unique_ptr<ZoneSink>(new ZoneSink(*std::move(nodes), *std::move(nsec3s)));
}

StoreStatus ZoneSink::finish() {
  if (StoreStatus done = nodes_.finish(); !done) return done;
  return nsec3s_.finish();
}

StoreStatus erase_zone(WriteTransaction& txn, const ServeTables& serve, Zid zid) {
  const Key front(zid);
  for (const TableHandle table : {serve.node, serve.nsec3}) {
    auto cursor = CopyingCursor::begin(txn, *serve.env, table);
    if (!cursor) return cursor.error();
    auto there = cursor->at_or_after(front.octets());
    while (there && *there && begins_with(cursor->key(), front.octets())) {
      if (StoreStatus gone = cursor->erase(); !gone) return gone;
      there = cursor->next();
    }
    if (!there) return there.error();
  }
  const auto gone = txn.del(serve.state, front.octets());
  if (!gone) return gone.error();
  return Done{};
}

StoreResult<Compiled> write_zone(const ServeTables& serve, const ZoneContent& content,
                                 std::uint32_t slot, std::uint64_t generation) {
  const auto before = ReadTransaction::begin(serve.env);
  if (!before) return before.error();
  auto txn = WriteTransaction::begin(serve.env);
  if (!txn) return txn.error();
  const Zid zid = zid_of(content.zone());
  ServeState state{generation, {}};
  {
    auto sink = ZoneSink::begin(*before, *txn, serve, zid);
    if (!sink) return sink.error();
    auto compiled = compile(content, slot, **sink);
    if (!compiled) return compiled.error();
    if (StoreStatus done = (*sink)->finish(); !done) return done.error();
    state.zone = *std::move(compiled);
  }
  const auto put = txn->put(serve.state, Key(zid).octets(), encode_state(state));
  if (!put) return put.error();
  if (StoreStatus done = txn->commit(); !done) return done.error();
  return std::move(state.zone);
}
}  // namespace windlass::auth
