#include <map>
#include <set>

#include "auth-plugin/write/bytes.hpp"
#include "auth-plugin/write/jobs.hpp"
#include "dns/canonical.hpp"
namespace windlass::auth {
namespace {

using Rdata = std::vector<std::uint8_t>;
constexpr std::size_t soa_numbers_octets = 20;

struct Rows {
  dns::Name owner;
  dns::Type type = dns::Type::none;
  std::uint32_t ttl = 0;
  std::vector<Rdata> rdatas;
};
using RowMap = std::map<OwnedKey, Rows>;

std::uint32_t serial_of(const Rows& soa) {
  return soa.rdatas.empty() ? 0 : dns::soa_serial(soa.rdatas.front());
}

void set_serial(Rdata& soa, std::uint32_t serial) {
  Rdata octets;
  bytes::append_big(octets, serial);
  std::copy(octets.begin(), octets.end(), soa.end() - soa_numbers_octets);
}

bool is_of_signing(dns::Type type) noexcept {
  switch (type) {
    case dns::Type::rrsig:
    case dns::Type::nsec:
    case dns::Type::nsec3:
    case dns::Type::nsec3param:
      return true;
    default:
      return false;
  }
}

/// One edit job: the RRsets of the named owners before and after, and what lint wants to see
/// beside them.
class EditJob {
 public:
  EditJob(Commit& commit, const ZoneLive& zone) : commit_(commit), zone_(zone) {}
  StoreResult<Written> run(const std::vector<Edit>& edits);

 private:
  StoreStatus check(const Edit& edit) const;
  StoreStatus read_owner(const dns::Name& owner, RowMap& into);
  StoreStatus read_touched(const dns::Name& owner);
  StoreStatus apply(const Edit& edit);
  void drop(Rows& rows, const Rdata& rdata) const;
  StoreResult<OwnedKey> key_of(const dns::Name& owner, dns::Type type) const;
  StoreStatus raise_serial(bool set_by_edit);
  StoreStatus read_context();
  StoreStatus read_targets(const Rows& rows);
  StoreResult<ZoneContent> content() const;
  StoreStatus judge(const ZoneContent& content);
  StoreStatus write(const ZoneContent& content);
  StoreStatus write_rows(const ZoneContent& content);
  StoreStatus compile();
  bool touched(const dns::Name& name) const { return owners_.contains(name.lowercase().to_text()); }

  Commit& commit_;
  ZoneLive zone_;
  RowMap before_, after_, context_;
  std::map<std::string, dns::Name> owners_;  ///< the named ones and the apex, by lower-case text
  std::set<std::string> read_;               ///< of context_
  std::set<OwnedKey> changed_;
  Written written_;
};

StoreStatus EditJob::check(const Edit& edit) const {
  const std::string what = edit.owner.to_text() + " " + dns::to_text(edit.type);
  if (!edit.owner.is_at_or_below(zone_.record.name))
    return refused(what + ": not in the zone " + zone_.record.name.to_text());
  if (edit.type == dns::Type::none || dns::is_meta(edit.type))
    return refused(what + ": no type that a zone can hold");
  if (is_of_signing(edit.type))
    return refused(what + ": signatures and their chains come with a whole signed zone; load it");
  if (edit.type == dns::Type::dnskey && edit.owner == zone_.record.name)
    return refused(what + ": keys at the apex come with a whole signed zone; load it");
  if (edit.ttl > dns::max_ttl) return refused(what + ": a TTL is at most 2147483647");
  for (const Rdata& rdata : edit.rdatas)
    if (rdata.size() > 0xFFFF) return refused(what + ": rdata is at most 65535 octets");
  return Done{};
}

StoreResult<OwnedKey> EditJob::key_of(const dns::Name& owner, dns::Type type) const {
  const auto key = Key::record(zone_.state.zone.facts.zid, zone_.record.name, owner, type);
  if (!key) return refused(owner.to_text() + ": too long for the store's keys; shorten it");
  return OwnedKey(key->octets().begin(), key->octets().end());
}

StoreStatus EditJob::read_owner(const dns::Name& owner, RowMap& into) {
  const auto node = Key::node(zone_.state.zone.facts.zid, zone_.record.name, owner);
  if (!node) return refused(owner.to_text() + ": too long for the store's keys; shorten it");
  auto walk =
      TruthWalk::begin(commit_.truth(), commit_.files().truth, zone_.record, node->octets());
  if (!walk) return walk.error();
  for (;;) {
    const auto rrset = walk->next();
    if (!rrset) return rrset.error();
    if (!*rrset) return Done{};
    Rows rows{dns::Name::from_proven((*rrset)->owner_wire), (*rrset)->type, (*rrset)->ttl, {}};
    bytes::each_rdata((*rrset)->rdatas,
                      [&](Octets rdata) { rows.rdatas.emplace_back(rdata.begin(), rdata.end()); });
    auto key = key_of(rows.owner, rows.type);
    if (!key) return key.error();
    into.emplace(*std::move(key), std::move(rows));
  }
}

StoreStatus EditJob::read_touched(const dns::Name& owner) {
  if (!owners_.emplace(owner.lowercase().to_text(), owner).second) return Done{};
  return read_owner(owner, before_);
}

/// Records are the same when their canonical forms are (RFC 4034 6.2).
void EditJob::drop(Rows& rows, const Rdata& rdata) const {
  Rdata wanted;
  dns::append_canonical_rdata(wanted, rows.type, rdata);
  std::erase_if(rows.rdatas, [&](const Rdata& there) {
    Rdata canonical;
    dns::append_canonical_rdata(canonical, rows.type, there);
    return canonical == wanted;
  });
}

StoreStatus EditJob::apply(const Edit& edit) {
  auto key = key_of(edit.owner, edit.type);
  if (!key) return key.error();
  const auto found = after_.find(*key);
  if (edit.way == Edit::Way::remove && found == after_.end()) return Done{};
  Rows& rows = found != after_.end()
                   ? found->second
                   : after_.emplace(*key, Rows{edit.owner, edit.type, edit.ttl, {}}).first->second;
  if (edit.way == Edit::Way::replace) {
    rows.rdatas = edit.rdatas;
  } else {
    for (const Rdata& rdata : edit.rdatas) drop(rows, rdata);
    if (edit.way == Edit::Way::add)
      rows.rdatas.insert(rows.rdatas.end(), edit.rdatas.begin(), edit.rdatas.end());
    else if (edit.rdatas.empty())
      rows.rdatas.clear();
  }
  if (edit.way != Edit::Way::remove) rows.ttl = edit.ttl;
  if (rows.rdatas.empty()) after_.erase(*key);
  return Done{};
}

StoreStatus EditJob::raise_serial(bool set_by_edit) {
  const auto key = key_of(zone_.record.name, dns::Type::soa);
  if (!key) return key.error();
  const auto found = after_.find(*key);
  if (found == after_.end() || found->second.rdatas.size() != 1 ||
      found->second.rdatas.front().size() < soa_numbers_octets + 2)
    return Done{};  // lint says it better
  const std::uint32_t before = zone_.state.zone.serial;
  if (set_by_edit) {
    written_.serial = serial_of(found->second);
    if (written_.serial != before && !serial_after(written_.serial, before))
      written_.warnings.push_back({false, zone_.record.name, dns::Type::soa, 0,
                                   "the serial goes back from " + std::to_string(before) + " to " +
                                       std::to_string(written_.serial) +
                                       ": secondaries keep what they have (RFC 1982)"});
    return Done{};
  }
  written_.serial = commit_.files().local.next(zone_.state.zone.facts.zid, before);
  set_serial(found->second.rdatas.front(), written_.serial);
  return Done{};
}

StoreStatus EditJob::read_targets(const Rows& rows) {
  const std::size_t preference = rows.type == dns::Type::mx ? 2 : 0;
  for (const Rdata& rdata : rows.rdatas) {
    if (rdata.size() <= preference) continue;
    const auto target = dns::Name::from_wire(Octets(rdata).subspan(preference));
    if (!target || !target->is_at_or_below(zone_.record.name) || touched(*target)) continue;
    if (!read_.insert(target->lowercase().to_text()).second) continue;
    if (StoreStatus done = read_owner(*target, context_); !done) return done;
  }
  return Done{};
}

/// What lint looks up beside the changed names: cuts above them, addresses of their targets.
StoreStatus EditJob::read_context() {
  const std::size_t apex = zone_.record.name.label_count();
  for (const auto& [text, owner] : owners_)
    for (std::size_t labels = apex + 1; labels < owner.label_count(); ++labels) {
      const dns::Name above = owner.suffix(labels);
      if (touched(above) || !read_.insert(above.lowercase().to_text()).second) continue;
      if (StoreStatus done = read_owner(above, context_); !done) return done;
    }
  for (const auto& [key, rows] : after_)
    if (rows.type == dns::Type::ns || rows.type == dns::Type::mx)
      if (StoreStatus done = read_targets(rows); !done) return done;
  return Done{};
}

StoreResult<ZoneContent> EditJob::content() const {
  ZoneContent out(zone_.record.name);
  for (const RowMap* map : {&after_, &context_})
    for (const auto& [key, rows] : *map)
      for (const Rdata& rdata : rows.rdatas)
        if (!out.add(rows.owner, rows.type, rows.ttl, rdata))
          return refused(rows.owner.to_text() + " " + dns::to_text(rows.type) +
                         ": does not fit the store");
  out.seal();
  return out;
}

StoreStatus EditJob::judge(const ZoneContent& content) {
  for (Finding& finding : lint(content)) {
    if (!touched(finding.owner)) continue;
    if (finding.error) return refused(finding.to_text() + "; nothing was changed");
    if (finding.type == dns::Type::none) continue;  // how many there are: of another content
    finding.line = 0;
    written_.warnings.push_back(std::move(finding));
  }
  return Done{};
}

/// Puts what differs, buries what is gone.
StoreStatus EditJob::write_rows(const ZoneContent& content) {
  const RowHeader stamp = commit_.stamp();
  const TableHandle rr = commit_.files().truth.rr;
  OwnedKey front, value;
  bytes::append_big(front, zone_.state.zone.facts.zid);
  for (std::size_t i = 0; i < content.size(); ++i) {
    const RRsetSlice rrset = content[i];
    OwnedKey key = front;
    bytes::append(key, rrset.key);
    if (!after_.contains(key)) continue;
    std::vector<std::uint8_t> old;
    if (const auto found = before_.find(key); found != before_.end())
      for (const Rdata& rdata : found->second.rdatas) {
        bytes::append_native(old, static_cast<std::uint16_t>(rdata.size()));
        bytes::append(old, rdata);
      }
    const auto records = compare_records(old, rrset.rdatas);
    const auto found = before_.find(key);
    if (found != before_.end() && records.added + records.removed == 0 &&
        found->second.ttl == rrset.ttl)
      continue;
    written_.added += records.added;
    written_.removed += records.removed;
    value.clear();
    bytes::append(value, encode(stamp));
    append_rr(value, rrset);
    changed_.insert(key);
    if (StoreStatus put = commit_.truth().put(rr, key, value); !put) return put;
  }
  for (const auto& [key, rows] : before_) {
    if (after_.contains(key)) continue;
    written_.removed += rows.rdatas.size();
    changed_.insert(key);
    if (StoreStatus put = commit_.truth().put(rr, key, tombstone(stamp)); !put) return put;
  }
  return Done{};
}

/// A cut or DNAME that came or went changes all that is below.
StoreStatus EditJob::compile() {
  for (const auto& [text, owner] : owners_) {
    bool any = false, subtree = false;
    for (const RowMap* map : {&before_, &after_})
      for (const auto& [key, rows] : *map) any |= changed_.contains(key) && rows.owner == owner;
    for (const dns::Type type : {dns::Type::ns, dns::Type::dname}) {
      const auto key = key_of(owner, type);
      if (!key) return key.error();
      subtree |= before_.contains(*key) != after_.contains(*key);
    }
    if (!any) continue;
    if (StoreStatus done =
            compile_owner(commit_.truth(), commit_.serve(), commit_.files(), zone_, owner, subtree);
        !done)
      return done;
  }
  return Done{};
}

StoreStatus EditJob::write(const ZoneContent& content) {
  const Zid zid = zone_.state.zone.facts.zid;
  if (StoreStatus done = commit_.files().local.publish(zid, written_.serial); !done) return done;
  commit_.begin_writing();
  if (StoreStatus done = write_rows(content); !done) return done;
  if (StoreStatus done = compile(); !done) return done;
  zone_.state.generation = commit_.next_generation();
  zone_.state.zone.serial = written_.serial;
  return commit_.change(zone_);
}

/// True: both hold the same records with the same TTLs.
bool same(const RowMap& a, const RowMap& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    auto left = x.second.rdatas, right = y.second.rdatas;
    std::sort(left.begin(), left.end());
    std::sort(right.begin(), right.end());
    return x.first == y.first && x.second.ttl == y.second.ttl && left == right;
  });
}

StoreResult<Written> EditJob::run(const std::vector<Edit>& edits) {
  if (StoreStatus done = read_touched(zone_.record.name); !done) return done.error();
  bool sets_soa = false;
  for (const Edit& edit : edits) {
    if (StoreStatus fine = check(edit); !fine) return fine.error();
    if (StoreStatus done = read_touched(edit.owner); !done) return done.error();
    sets_soa |= edit.type == dns::Type::soa && edit.owner == zone_.record.name;
  }
  after_ = before_;
  for (const Edit& edit : edits)
    if (StoreStatus done = apply(edit); !done) return done.error();
  written_.generation = zone_.state.generation;
  written_.serial = zone_.state.zone.serial;
  if (same(before_, after_)) return std::move(written_);
  if (StoreStatus done = raise_serial(sets_soa); !done) return done.error();
  if (StoreStatus done = read_context(); !done) return done.error();
  auto content = this->content();
  if (!content) return content.error();
  if (StoreStatus fine = judge(*content); !fine) return fine.error();
  if (StoreStatus done = write(*content); !done) return done.error();
  written_.generation = zone_.state.generation;
  return std::move(written_);
}

}  // namespace

StoreResult<Written> run_edit(Commit& commit, const dns::Name& zone,
                              const std::vector<Edit>& edits) {
  const ZoneLive* live = commit.find(zone);
  if (live == nullptr)
    return StoreError{Trouble::not_found, zone.to_text() + ": no such zone; see `zone list`"};
  if (live->state.zone.presigned)
    return refused(
        zone.to_text() +
        " is signed elsewhere: an edit would break its signatures; sign it anew and load "
        "it with `zone load`");
  if (live->record.kind == ZoneKind::secondary)
    return refused(zone.to_text() + " is a secondary zone: change it at its primary");
  return EditJob(commit, *live).run(edits);
}
}  // namespace windlass::auth
