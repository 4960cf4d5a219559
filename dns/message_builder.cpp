#include "dns/message_builder.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "dns/rdata_layout.hpp"
#include "dns/rrtype_table.hpp"
namespace windlass::dns {
namespace {
constexpr std::size_t max_pointer = 0x3FFF;
constexpr std::size_t no_mark = 0;  // no name begins in the header
constexpr std::size_t ede_text_max_octets = 200;
constexpr std::size_t option_head_octets = 4, ede_code_octets = 2;
constexpr std::size_t opt_fixed_octets = 11;
// Names chosen to collide in the 16-bit hash cost a comparison each; when these are used up, names
// are written in full.
constexpr unsigned misses_max = 256;

constexpr std::size_t count_at(Section section) {
  return 1 + static_cast<std::size_t>(section);
}

std::uint16_t hash_label(std::uint16_t seed, Octets label) noexcept {
  std::uint32_t hash = seed;
  for (const std::uint8_t octet : label) hash = (hash ^ lower(octet)) * 0x01000193u;
  return static_cast<std::uint16_t>(hash ^ hash >> 16);
}

/// The labels of an uncompressed name and, for each, the hash of the ending that begins with it.
struct Endings {
  std::array<std::uint8_t, Name::max_labels> at;
  std::array<std::uint16_t, Name::max_labels> hash;
  std::size_t count = 0;

  explicit Endings(Octets wire) noexcept {
    for (std::size_t i = 0; wire[i] != 0; i += wire[i] + 1u)
      at[count++] = static_cast<std::uint8_t>(i);
    std::uint16_t seed = 0;
    for (std::size_t i = count; i-- > 0;)
      hash[i] = seed = hash_label(seed, wire.subspan(at[i], wire[at[i]] + 1u));
  }
};

/// The most octets, at most `most`, that end with a whole UTF-8 character.
std::size_t cut(std::string_view text, std::size_t most) noexcept {
  if (text.size() <= most) return text.size();
  while (most > 0 && (static_cast<std::uint8_t>(text[most]) & 0xC0u) == 0x80u) --most;
  return most;
}
}  // namespace

MessageBuilder::MessageBuilder(std::span<std::uint8_t> out, std::size_t limit_octets)
    : out_(out),
      limit_(std::min({out.size(), limit_octets, max_message_octets})),
      misses_left_(misses_max) {
  assert(limit_ >= 512);
  std::fill_n(out_.begin(), HeaderView::size_octets, std::uint8_t{0});
}

// ---- octets

std::size_t MessageBuilder::room() const noexcept {
  const std::size_t kept = size_ + opt_octets_;
  return kept < limit_ ? limit_ - kept : 0;
}

void MessageBuilder::put16(std::uint16_t value) noexcept {
  put8(static_cast<std::uint8_t>(value >> 8));
  put8(static_cast<std::uint8_t>(value));
}

void MessageBuilder::put32(std::uint32_t value) noexcept {
  put16(static_cast<std::uint16_t>(value >> 16));
  put16(static_cast<std::uint16_t>(value));
}

void MessageBuilder::put_octets(Octets octets) noexcept {
  if (octets.empty()) return;
  std::memcpy(out_.data() + size_, octets.data(), octets.size());
  size_ += octets.size();
}

// ---- names

/// Whether the name written at `at`, pointers followed, is `name` but for case. Only our own
/// pointers are followed, and they all lead backward.
bool MessageBuilder::stands_at(std::size_t at, Octets name) const noexcept {
  for (std::size_t i = 0;;) {
    while (out_[at] >= 0xC0) at = (out_[at] << 8 | out_[at + 1]) & 0x3FFF;
    const std::size_t octets = name[i] + 1u;
    for (std::size_t j = 0; j < octets; ++j)
      if (lower(out_[at + j]) != lower(name[i + j])) return false;
    if (octets == 1) return true;
    at += octets;
    i += octets;
  }
}

std::size_t MessageBuilder::find_mark(Octets ending, std::uint16_t hash) noexcept {
  for (std::size_t i = 0; i < mark_count_ && misses_left_ > 0; ++i) {
    if (marks_[i].labels_hash != hash) continue;
    if (stands_at(marks_[i].at, ending)) return marks_[i].at;
    --misses_left_;
  }
  return no_mark;
}

bool MessageBuilder::put_name(Octets wire, bool compress) {
  const Endings endings(wire);
  std::size_t label = 0, mark = no_mark;
  if (compress)
    for (; label < endings.count; ++label) {
      mark = find_mark(wire.subspan(endings.at[label]), endings.hash[label]);
      if (mark != no_mark) break;
    }
  const Octets written = mark == no_mark ? wire : wire.first(endings.at[label]);
  if (written.size() + (mark == no_mark ? 0 : 2) > room()) return false;
  const std::size_t fresh = mark == no_mark ? endings.count : label;
  for (std::size_t i = 0; compress && i < fresh && mark_count_ < marks_.size(); ++i) {
    const std::size_t at = size_ + endings.at[i];
    if (at > max_pointer) break;
    marks_[mark_count_++] = {static_cast<std::uint16_t>(at), endings.hash[i]};
  }
  put_octets(written);
  if (mark != no_mark) put16(static_cast<std::uint16_t>(0xC000u | mark));
  return true;
}

// ---- records

/// Rdata of a type whose names may be compressed; they are never behind anything of variable
/// length.
bool MessageBuilder::put_names(std::string_view layout, Octets rdata) {
  for (const char letter : layout) {
    if (letter == 'N') {
      const std::size_t octets = name_octets(rdata);
      if (octets == no_fit || !put_name(rdata.first(octets), true)) return false;
      rdata = rdata.subspan(octets);
      continue;
    }
    const std::size_t octets = letter == '2' ? 2 : 4;
    if (octets > rdata.size() || octets > room()) return false;
    put_octets(rdata.first(octets));
    rdata = rdata.subspan(octets);
  }
  return rdata.empty();
}

bool MessageBuilder::put_rdata(const Record& record, Octets rdata) {
  const TypeRow* row = find_type(record.type);
  if (row != nullptr && row->compress && record.klass == Class::in)
    return put_names(row->layout, rdata);
  if (rdata.size() > room()) return false;
  put_octets(rdata);
  return true;
}

bool MessageBuilder::put_record(Section section, const Record& record, Octets rdata) {
  assert(std::all_of(counts_ + count_at(section) + 1, counts_ + 4, [](auto n) { return n == 0; }));
  if (!put_name(record.owner, true) || room() < 10) return false;
  put16(static_cast<std::uint16_t>(record.type));
  put16(static_cast<std::uint16_t>(record.klass));
  put32(record.ttl);
  const std::size_t length_at = size_;
  put16(0);
  if (!put_rdata(record, rdata)) return false;
  put_word(&out_[length_at], size_ - length_at - 2);
  ++counts_[count_at(section)];
  return true;
}

MessageBuilder::Checkpoint MessageBuilder::checkpoint() const noexcept {
  return {size_, mark_count_, {counts_[0], counts_[1], counts_[2], counts_[3]}};
}

/// Always false: what did not fit.
bool MessageBuilder::roll_back(const Checkpoint& to, Section section) noexcept {
  size_ = to.size;
  mark_count_ = to.mark_count;
  std::copy_n(to.counts, 4, counts_);
  if (section != Section::additional) truncated_ = true;
  return false;
}

/// Whole or nothing. `signatures` may be nullptr.
bool MessageBuilder::put_rrset(Section section, Record record, const RdataRange& records,
                               const RdataRange* signatures) {
  if (truncated_) return false;
  const Checkpoint before = checkpoint();
  for (const Octets rdata : records)
    if (!put_record(section, record, rdata)) return roll_back(before, section);
  if (signatures == nullptr) return true;
  record.type = Type::rrsig;
  for (const Octets rdata : *signatures)
    if (!put_record(section, record, rdata)) return roll_back(before, section);
  return true;
}

bool MessageBuilder::add(Section section, const RRset& rrset, std::uint32_t ttl,
                         bool with_signatures) {
  const RdataRange signatures = rrset.signatures();
  return put_rrset(section, {rrset.owner_wire(), rrset.type(), rrset.klass(), ttl}, rrset.rdata(),
                   with_signatures ? &signatures : nullptr);
}

bool MessageBuilder::add(Section section, const Name& owner, const RRsetSpans& rrset,
                         bool with_signatures) {
  return put_rrset(section, {owner.wire(), rrset.type, rrset.klass, rrset.ttl}, rrset.records,
                   with_signatures ? &rrset.signatures : nullptr);
}

bool MessageBuilder::add_record(Section section, const Name& owner, Type type, Class klass,
                                std::uint32_t ttl, Octets rdata) {
  if (truncated_) return false;
  const Checkpoint before = checkpoint();
  return put_record(section, {owner.wire(), type, klass, ttl}, rdata) || roll_back(before, section);
}

// ---- header, question, OPT

void MessageBuilder::header(const HeaderSpec& spec) {
  const auto rcode = static_cast<std::uint16_t>(spec.rcode);
  const unsigned flags = (spec.qr ? 0x8000u : 0u) | static_cast<unsigned>(spec.opcode) << 11 |
                         (spec.aa ? 0x0400u : 0u) | (spec.rd ? 0x0100u : 0u) |
                         (spec.ra ? 0x0080u : 0u) | (spec.ad ? 0x0020u : 0u) |
                         (spec.cd ? 0x0010u : 0u) | (rcode & 0xFu);
  put_word(&out_[0], spec.id);
  put_word(&out_[2], flags);
  rcode_high_ = static_cast<std::uint8_t>(rcode >> 4);
}

void MessageBuilder::question(const Question& question) {
  assert(counts_[1] == 0 && counts_[2] == 0 && counts_[3] == 0);
  if (question.name.size_octets() + 4 > room() || !put_name(question.name.wire(), true)) return;
  put16(static_cast<std::uint16_t>(question.type));
  put16(static_cast<std::uint16_t>(question.klass));
  ++counts_[0];
}

void MessageBuilder::opt(const OptSpec& spec) {
  opt_ = spec;
  has_opt_ = true;
  opt_octets_ = opt_fixed_octets;
  if (!spec.cookie.empty()) opt_octets_ += option_head_octets + spec.cookie.size();
  if (spec.keepalive_100ms) opt_octets_ += option_head_octets + 2;
  if (!spec.nsid.empty()) opt_octets_ += option_head_octets + spec.nsid.size();
  if (spec.ede != nullptr) opt_octets_ += option_head_octets + ede_code_octets;
  assert(size_ + opt_octets_ <= limit_);
  if (size_ + opt_octets_ > limit_) has_opt_ = false, opt_octets_ = 0;
}

bool MessageBuilder::explain(const Ede& ede) noexcept {
  constexpr std::size_t octets = option_head_octets + ede_code_octets;
  if (!has_opt_ || opt_.ede != nullptr || room() < octets) return false;
  opt_.ede = &ede;
  opt_octets_ += octets;
  return true;
}

void MessageBuilder::put_opt() noexcept {
  const std::size_t text_room = std::min(room(), ede_text_max_octets);
  const std::size_t text_octets = opt_.ede == nullptr ? 0 : cut(opt_.ede->text, text_room);
  const std::size_t rdata_octets = opt_octets_ - opt_fixed_octets + text_octets;
  const auto high = static_cast<std::uint32_t>(opt_.extended_rcode | rcode_high_);
  put8(0);
  put16(static_cast<std::uint16_t>(Type::opt));
  put16(opt_.payload_octets);
  put32(high << 24 | std::uint32_t{opt_.version} << 16 | (opt_.dnssec_ok ? 0x8000u : 0u) |
        (opt_.compact_ok ? 0x4000u : 0u));
  put16(static_cast<std::uint16_t>(rdata_octets));
  const auto head = [this](Option code, std::size_t octets) {
    put16(static_cast<std::uint16_t>(code));
    put16(static_cast<std::uint16_t>(octets));
  };
  if (!opt_.cookie.empty()) head(Option::cookie, opt_.cookie.size()), put_octets(opt_.cookie);
  if (!opt_.nsid.empty()) head(Option::nsid, opt_.nsid.size()), put_octets(opt_.nsid);
  if (opt_.keepalive_100ms) head(Option::keepalive, 2), put16(*opt_.keepalive_100ms);
  if (opt_.ede == nullptr) return;
  head(Option::ede, ede_code_octets + text_octets);
  put16(static_cast<std::uint16_t>(opt_.ede->code));
  put_octets({reinterpret_cast<const std::uint8_t*>(opt_.ede->text.data()), text_octets});
}

Octets MessageBuilder::finish() {
  if (has_opt_) {
    put_opt();
    ++counts_[count_at(Section::additional)];
  }
  if (truncated_) out_[2] |= 0x02;
  for (std::size_t i = 0; i < 4; ++i) put_word(&out_[4 + 2 * i], counts_[i]);
  return out_.first(size_);
}
}  // namespace windlass::dns
