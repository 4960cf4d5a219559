#include <set>

#include "auth-plugin/write/bytes.hpp"
#include "auth-plugin/write/jobs.hpp"
namespace windlass::auth {
namespace {

constexpr std::size_t rrsets_a_tick = 65536;

/// Two names with one zid: SHA-256 cut to 64 bits. None was ever seen; a made-up one must not take
/// a zone over.
StoreStatus check_zid(Commit& commit, const dns::Name& zone) {
  const auto row = commit.truth().copied(commit.files().truth.zone, Key(zid_of(zone)).octets());
  if (!row) return row.error();
  if (!*row) return Done{};
  const auto value = read_row(**row);
  if (!value)
    return StoreError{Trouble::damaged, zone.to_text() + ": its row in zones.mdb is damaged"};
  if (value->header.deleted) return Done{};
  const auto record = decode_zone(value->content);
  if (!record || !(record->name == zone))
    return refused(zone.to_text() + ": its id in the store is held by " +
                   (record ? record->name.to_text() : "a zone that cannot be read") +
                   "; such a pair cannot stand in one store");
  return Done{};
}

struct Snapshots {
  ReadTransaction truth, serve;
};

StoreResult<Snapshots> snapshots(const StoreFiles& files) {
  auto truth = ReadTransaction::begin(files.truth.env);
  if (!truth) return truth.error();
  auto serve = ReadTransaction::begin(files.serve.env);
  if (!serve) return serve.error();
  return Snapshots{*std::move(truth), *std::move(serve)};
}

/// RRsets of a content into both files in one pass.
class LoadJob {
 public:
  LoadJob(Commit& commit, ZoneLive zone, const Tick& tick)
      : commit_(commit), zone_(std::move(zone)), tick_(tick) {}
  StoreResult<Written> run(const ZoneContent& content, bool is_new);

 private:
  StoreStatus write_truth(const Snapshots& before, const ZoneContent& content,
                          const RowHeader& stamp);
  StoreStatus write_serve(const Snapshots& before, const ZoneContent& content);
  bool go_on(const char* where, std::size_t done, std::size_t all) const {
    return !tick_ || done % rrsets_a_tick != 0 || done == 0 ||
           tick_(zone_.record.name.to_text() + ": " + where + " " + std::to_string(done) + " of " +
                 std::to_string(all) + " RRsets");
  }
  StoreError stopped() const {
    return {Trouble::cancelled, zone_.record.name.to_text() + ": stopped; nothing was changed"};
  }
  Commit& commit_;
  ZoneLive zone_;
  const Tick& tick_;
  Written written_;
  bool changed_ = false;
};

StoreStatus LoadJob::write_truth(const Snapshots& before, const ZoneContent& content,
                                 const RowHeader& stamp) {
  auto merge =
      TruthMerge::begin(before.truth, commit_.truth(), commit_.files().truth, zone_.record, stamp);
  if (!merge) return merge.error();
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (!go_on("storing", i, content.size())) return stopped();
    if (StoreStatus done = merge->rrset(content[i]); !done) return done;
  }
  if (StoreStatus done = merge->finish(); !done) return done;
  changed_ |= merge->changed();
  written_.added = merge->records().added;
  written_.removed = merge->records().removed;
  return Done{};
}

StoreStatus LoadJob::write_serve(const Snapshots& before, const ZoneContent& content) {
  auto sink = ZoneSink::begin(before.serve, commit_.serve(), commit_.files().serve,
                              zone_.state.zone.facts.zid);
  if (!sink) return sink.error();
  Compiler compiler(zone_.state.zone.facts, **sink);
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (!go_on("compiling", i, content.size())) return stopped();
    if (StoreStatus done = compiler.add(content[i]); !done) return done;
  }
  auto compiled = compiler.finish();
  if (!compiled) return compiled.error();
  if (StoreStatus done = (*sink)->finish(); !done) return done;
  changed_ |= (*sink)->changed();
  zone_.state.zone = *std::move(compiled);
  return Done{};
}

StoreResult<Written> LoadJob::run(const ZoneContent& content, bool is_new) {
  auto findings = lint_or_refuse(content);
  if (!findings) return findings.error();
  written_.warnings = *std::move(findings);
  const auto before = snapshots(commit_.files());
  if (!before) return before.error();
  const std::uint32_t serial_before = zone_.state.zone.serial;
  const LocalStore& local = commit_.files().local;
  const Zid zid = zone_.state.zone.facts.zid;
  commit_.begin_writing();
  const RowHeader stamp = commit_.stamp();
  if (is_new) {
    zone_.record.incarnation = stamp.timestamp_ns;
    const auto row = encode_zone(zone_.record, stamp);
    if (StoreStatus put = commit_.truth().put(commit_.files().truth.zone, Key(zid).octets(), row);
        !put)
      return put.error();
  }
  if (StoreStatus done = write_truth(*before, content, stamp); !done) return done.error();
  if (StoreStatus done = write_serve(*before, content); !done) return done.error();
  written_.serial = zone_.state.zone.serial;
  if (!is_new && changed_ && !serial_after(written_.serial, serial_before))
    written_.warnings.push_back({false, zone_.record.name, dns::Type::soa, 0,
                                 "the content changed and the serial did not go forward from " +
                                     std::to_string(serial_before) +
                                     ": secondaries keep what they have (RFC 1982)"});
  if (is_new && local.is_behind(zid, written_.serial))
    written_.warnings.push_back({false, zone_.record.name, dns::Type::soa, 0,
                                 "the serial is behind " + std::to_string(*local.highest(zid)) +
                                     ", which this name may have published before: secondaries "
                                     "keep what they have (RFC 1982)"});
  if (StoreStatus done = commit_.files().local.publish(zid, written_.serial); !done)
    return done.error();
  if (is_new || changed_) {
    zone_.state.generation = commit_.next_generation();
    if (StoreStatus done = commit_.change(zone_); !done) return done.error();
  }
  written_.generation = zone_.state.generation;
  return std::move(written_);
}

}  // namespace

StoreResult<std::vector<Finding>> lint_or_refuse(const ZoneContent& content) {
  std::vector<Finding> findings = lint(content);
  std::size_t errors = 0;
  const Finding* first = nullptr;
  for (const Finding& finding : findings) {
    if (!finding.error) continue;
    ++errors;
    if (first == nullptr) first = &finding;
  }
  if (first == nullptr) return findings;
  const std::string others = errors == 1 ? "" : " (and " + std::to_string(errors - 1) + " more)";
  return refused(first->to_text() + others + "; nothing was changed");
}

ZoneContent first_content(const dns::Name& zone, std::uint32_t serial) {
  constexpr std::uint32_t ttl = 3600;
  const auto mailbox = dns::Name::from_text("nobody.invalid.");
  const auto server = dns::Name::from_text("localhost.");
  ZoneContent content(zone);
  std::vector<std::uint8_t> soa;
  bytes::append(soa, zone.wire());
  bytes::append(soa, mailbox->wire());
  for (const std::uint32_t number : {serial, 3600u, 1200u, 604800u, 300u})
    bytes::append_big(soa, number);
  // Errors would be shown by lint: a zone without SOA or NS.
  (void)content.add(zone, dns::Type::soa, ttl, soa);
  (void)content.add(zone, dns::Type::ns, ttl, server->wire());
  content.seal();
  return content;
}

StoreResult<Written> run_create(Commit& commit, const dns::Name& zone, ZoneKind kind,
                                const ZoneContent* content, const Tick& tick) {
  if (commit.find(zone) != nullptr)
    return refused(zone.to_text() + " is there already; load into it with `zone load`");
  if (content != nullptr && !(content->zone() == zone))
    return refused("the content is of " + content->zone().to_text() + ", not of " + zone.to_text());
  if (StoreStatus free = check_zid(commit, zone); !free) return free.error();
  if (commit.zones() >= ZoneMap::slots_most)
    return refused("the store holds " + std::to_string(ZoneMap::slots_most) +
                   " zones, the most it can");
  ZoneLive live;
  live.record.name = zone;
  live.record.kind = kind;
  live.state.zone.facts.name = zone;
  live.state.zone.facts.zid = zid_of(zone);
  LoadJob job(commit, std::move(live), tick);
  if (content != nullptr) return job.run(*content, true);
  return job.run(first_content(zone, commit.files().local.first(zid_of(zone))), true);
}

StoreResult<Written> run_load(Commit& commit, const dns::Name& zone, const ZoneContent& content,
                              const Tick& tick) {
  const ZoneLive* live = commit.find(zone);
  if (live == nullptr)
    return StoreError{Trouble::not_found,
                      zone.to_text() + ": no such zone; make it with `zone create`"};
  if (!(content.zone() == zone))
    return refused("the content is of " + content.zone().to_text() + ", not of " + zone.to_text());
  return LoadJob(commit, *live, tick).run(content, false);
}

StoreResult<Written> run_delete(Commit& commit, const dns::Name& zone) {
  const ZoneLive* live = commit.find(zone);
  if (live == nullptr)
    return StoreError{Trouble::not_found, zone.to_text() + ": no such zone; see `zone list`"};
  Written written{.generation = 0,
                  .serial = live->state.zone.serial,
                  .added = 0,
                  .removed = live->state.zone.records,
                  .warnings = {}};
  const Zid zid = live->state.zone.facts.zid;
  commit.begin_writing();
  const auto grave = tombstone(commit.stamp());
  if (StoreStatus put = commit.truth().put(commit.files().truth.zone, Key(zid).octets(), grave);
      !put)
    return put.error();
  if (StoreStatus done = commit.remove(zid); !done) return done.error();
  return written;
}

namespace {
/// DNSKEY or RRSIG at the apex: the serial is signed and stays.
StoreResult<bool> is_presigned(const Transaction& txn, const TruthTables& truth,
                               const ZoneRecord& zone) {
  const auto apex = Key::node(zid_of(zone.name), zone.name, zone.name);
  if (!apex) return false;
  auto walk = TruthWalk::begin(txn, truth, zone, apex->octets());
  if (!walk) return walk.error();
  for (;;) {
    const auto rrset = walk->next();
    if (!rrset) return rrset.error();
    if (!*rrset) return false;
    if ((*rrset)->type == dns::Type::dnskey || (*rrset)->type == dns::Type::rrsig) return true;
  }
}

/// A serial that was published already is not published again for other content.
std::vector<std::uint8_t> forward_serial(const LocalStore& local, Zid zid, Octets soa) {
  std::vector<std::uint8_t> out(soa.begin(), soa.end());
  if (soa.size() < 20) return out;
  std::uint32_t serial = 0;
  Octets numbers = soa.last(20);
  bytes::take_big(numbers, serial);
  if (!local.is_behind(zid, serial)) return out;
  std::vector<std::uint8_t> octets;
  bytes::append_big(octets, local.next(zid, serial));
  std::copy(octets.begin(), octets.end(), out.end() - 20);
  return out;
}

StoreResult<ZoneContent> content_of_backup(const LocalStore& local, const Transaction& txn,
                                           const TruthTables& backup, const ZoneRecord& zone) {
  const Zid zid = zid_of(zone.name);
  const auto presigned = is_presigned(txn, backup, zone);
  if (!presigned) return presigned.error();
  ZoneContent content(zone.name);
  auto walk = TruthWalk::begin(txn, backup, zone, Key(zid).octets());
  if (!walk) return walk.error();
  for (;;) {
    const auto rrset = walk->next();
    if (!rrset) return rrset.error();
    if (!*rrset) break;
    bool fits = true;
    const dns::Name owner = dns::Name::from_proven((*rrset)->owner_wire);
    const bool moves = (*rrset)->type == dns::Type::soa && !*presigned;
    bytes::each_rdata((*rrset)->rdatas, [&](Octets rdata) {
      fits = fits && bool(content.add(owner, (*rrset)->type, (*rrset)->ttl,
                                      moves ? Octets(forward_serial(local, zid, rdata)) : rdata));
    });
    if (!fits) return refused(owner.to_text() + ": does not fit the store");
  }
  content.seal();
  return content;
}
}  // namespace

StoreResult<Written> run_restore(Commit& commit, const TruthTables& backup, const Tick& tick) {
  const auto txn = ReadTransaction::begin(backup.env);
  if (!txn) return txn.error();
  const auto rows = read_zones(*txn, backup);
  if (!rows) return rows.error();
  Written all;
  std::set<Zid> kept;
  for (const ZoneRowSeen& row : *rows)
    if (row.zone) kept.insert(row.zid);
  for (const ZoneLive& zone : commit.files().zones.all()) {
    if (kept.contains(zone.state.zone.facts.zid)) continue;
    auto gone = run_delete(commit, zone.record.name);
    if (!gone) return gone.error();
    all.removed += gone->removed;
  }
  for (const ZoneRowSeen& row : *rows) {
    if (!row.zone) continue;
    const dns::Name& name = row.zone->name;
    if (tick && !tick("restoring " + name.to_text()))
      return StoreError{Trouble::cancelled, "stopped; nothing was changed"};
    const auto content = content_of_backup(commit.files().local, *txn, backup, *row.zone);
    if (!content) return content.error();
    const Tick silent;
    auto done = commit.find(name) != nullptr
                    ? run_load(commit, name, *content, silent)
                    : run_create(commit, name, row.zone->kind, &*content, silent);
    if (!done) return done.error();
    all.added += done->added;
    all.removed += done->removed;
    for (Finding& warning : done->warnings)
      if (all.warnings.size() < 100) all.warnings.push_back(std::move(warning));
  }
  return all;
}
}  // namespace windlass::auth
