#include "dns/message_view.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

#include "base/limits.hpp"
#include "base/try.hpp"
#include "dns/rdata_layout.hpp"
#include "dns/rrtype_table.hpp"
namespace windlass::dns {
namespace {
constexpr std::size_t fixed_octets = 10;  // type, class, TTL, RDLENGTH behind an owner

Error fault(Errc code, std::size_t at, const char* expected) noexcept {
  return {code, static_cast<std::uint16_t>(at), expected};
}

// ---- names

struct NameSize {
  std::size_t in_place;  ///< octets taken where the name stands, up to its first pointer
  std::size_t expanded;  ///< octets of its uncompressed form
};

/// Walks the name at `at` and hands each label (length octet first) to `take`; the root label too.
/// Every pointer leads before the run of labels that it ends, so the walk cannot come by twice.
template <class Take>
Result<NameSize> walk_name(Octets message, std::size_t at, Take take) noexcept {
  static const auto max_hops = row_of(Limit::compression_hops).standard;
  NameSize size{0, 0};
  std::size_t run_at = at;
  for (std::int64_t hops = 0;;) {
    if (at >= message.size()) return fault(Errc::truncated, at, "a name up to its root label");
    const std::uint8_t length = message[at];
    if (length >= 0xC0) {
      if (at + 2 > message.size()) return fault(Errc::truncated, at, "a pointer of two octets");
      const std::size_t to = word16(message, at) & 0x3FFFu;
      if (to >= run_at || to < HeaderView::size_octets)
        return fault(Errc::bad_pointer, at, "a pointer strictly backward, behind the header");
      if (++hops > max_hops) return fault(Errc::bad_pointer, at, "fewer pointers in one name");
      if (size.in_place == 0) size.in_place = at + 2 - run_at;
      at = run_at = to;
      continue;
    }
    if (length > 63) return fault(Errc::bad_label, at, "a label of at most 63 octets or a pointer");
    const std::size_t octets = length + 1u;
    if (at + octets > message.size()) return fault(Errc::truncated, at, "a whole label");
    if (size.expanded + octets > Name::max_octets)
      return fault(Errc::name_too_long, at, "a name of at most 255 octets");
    take(message.subspan(at, octets));
    size.expanded += octets;
    at += octets;
    if (length != 0) continue;
    if (size.in_place == 0) size.in_place = at - run_at;
    return size;
  }
}

Result<NameSize> prove_name(Octets message, std::size_t at) noexcept {
  return walk_name(message, at, [](Octets) {});
}

/// Octets that a proven name takes in place.
std::size_t skip_name(Octets message, std::size_t at) noexcept {
  const std::size_t begin = at;
  while (message[at] != 0 && message[at] < 0xC0) at += message[at] + 1u;
  return at - begin + (message[at] == 0 ? 1 : 2);
}

/// A proven name; the root should the octets not be one after all.
Name name_at(Octets message, std::size_t at) noexcept {
  const auto name = read_name(message, at);
  return name ? name->first : Name{};
}

// ---- rdata

/// Walks the rdata in [at, end) by its layout. `take` gets each run of octets, names label by
/// label, so that what it was given, put together, is the uncompressed rdata.
template <class Take>
Status walk_rdata(std::string_view layout, Octets message, std::size_t at, std::size_t end,
                  Take take) noexcept {
  const Octets upto = message.first(end);  // a name may lead anywhere before, but not behind
  for (const char letter : layout) {
    if (letter == 'N' || letter == 'U') {
      WINDLASS_TRY(size, walk_name(upto, at, take));
      if (letter == 'U' && size.in_place != size.expanded)
        return fault(Errc::bad_rdata, at, "a name without compression");
      at += size.in_place;
      continue;
    }
    const std::size_t octets = field_octets(letter, upto.subspan(at));
    if (octets > end - at) return fault(Errc::bad_rdata, at, "rdata of its type's shape");
    take(upto.subspan(at, octets));
    at += octets;
  }
  if (at != end) return fault(Errc::bad_rdata, at, "no octets behind the rdata's last field");
  return Done{};
}

/// The layout that binds a record: formats are those of class IN; other classes are opaque.
std::string_view layout_of(std::uint16_t type_code, std::uint16_t class_code) noexcept {
  if (static_cast<Class>(class_code) != Class::in) return "*";
  const TypeRow* row = find_type(static_cast<Type>(type_code));
  return row == nullptr ? std::string_view("*") : row->layout;
}

// ---- EDNS

/// Options that fill their space exactly, within the limit (RFC 6891 6.1.2).
Status prove_options(Octets message, std::size_t at, std::size_t end) noexcept {
  static const auto most = row_of(Limit::edns_options).standard;
  for (std::int64_t count = 1; at < end; ++count) {
    if (end - at < 4 || end - at - 4 < word16(message, at + 2))
      return fault(Errc::bad_edns, at, "a whole EDNS option");
    if (count > most) return fault(Errc::limit_reached, at, "fewer EDNS options");
    at += 4u + word16(message, at + 2);
  }
  return Done{};
}

constexpr std::uint8_t known_edns_version = 0;

std::uint8_t edns_version(const RecordView& opt) noexcept {
  return static_cast<std::uint8_t>(opt.ttl >> 16 & 0xFFu);
}

// ---- records

/// The fields of a record whose owner takes `owner_octets`. Precondition: the fixed part is there.
RecordView record_at(Octets message, std::size_t at, std::size_t owner_octets) noexcept {
  const std::size_t fixed = at + owner_octets;
  return {message,
          static_cast<std::uint16_t>(at),
          word16(message, fixed),
          word16(message, fixed + 2),
          word32(message, fixed + 4),
          static_cast<std::uint16_t>(fixed + fixed_octets),
          word16(message, fixed + 8)};
}

std::size_t end_of(const RecordView& record) noexcept {
  return std::size_t{record.rdata_offset} + record.rdata_octets;
}

/// Proves owner, fixed part and rdata of the record at `at`, but not an OPT's options.
Result<RecordView> prove_record(Octets message, std::size_t at) noexcept {
  WINDLASS_TRY(owner, prove_name(message, at));
  if (message.size() - at - owner.in_place < fixed_octets)
    return fault(Errc::truncated, at, "type, class, TTL and length of a record");
  const RecordView record = record_at(message, at, owner.in_place);
  if (end_of(record) > message.size()) return fault(Errc::truncated, at, "all the rdata announced");
  const Status shape = walk_rdata(layout_of(record.type_code, record.class_code), message,
                                  record.rdata_offset, end_of(record), [](Octets) {});
  if (!shape) return shape.error();
  return record;
}

Result<std::size_t> prove_questions(Octets message, std::uint16_t count) noexcept {
  std::size_t at = HeaderView::size_octets;
  for (; count > 0; --count) {
    WINDLASS_TRY(name, prove_name(message, at));
    at += name.in_place;
    if (message.size() - at < 4) return fault(Errc::truncated, at, "type and class of a question");
    at += 4;
  }
  return at;
}

Status prove_opt(const RecordView& opt, Section section, bool is_first) noexcept {
  if (section != Section::additional)
    return fault(Errc::bad_edns, opt.owner_offset, "OPT in the additional section only");
  if (!is_first) return fault(Errc::bad_edns, opt.owner_offset, "one OPT");
  if (opt.message[opt.owner_offset] != 0)
    return fault(Errc::bad_edns, opt.owner_offset, "OPT with the root as owner");
  if (edns_version(opt) != known_edns_version) return Done{};
  return prove_options(opt.message, opt.rdata_offset, end_of(opt));
}
}  // namespace

Result<std::pair<Name, std::size_t>> read_name(Octets message, std::size_t at) {
  std::array<std::uint8_t, Name::max_octets> wire;  // written and read up to the name's size
  std::size_t used = 0;
  WINDLASS_TRY(size, walk_name(message, at, [&](Octets label) {
                 std::memcpy(wire.data() + used, label.data(), label.size());
                 used += label.size();
               }));
  return std::pair{Name::from_proven({wire.data(), used}), size.in_place};
}

Result<HeaderView> HeaderView::parse(Octets message) {
  if (message.size() < size_octets) return Error{Errc::truncated, 0, "a header of 12 octets"};
  return HeaderView(message.data());
}

// ---- RecordView

Name RecordView::owner() const noexcept {
  return name_at(message, owner_offset);
}

Result<std::size_t> RecordView::expand_rdata(std::span<std::uint8_t> out) const noexcept {
  const std::size_t most = std::min(out.size(), max_message_octets);
  std::size_t used = 0;
  bool fits = true;
  const Status walked = walk_rdata(layout_of(type_code, class_code), message, rdata_offset,
                                   end_of(*this), [&](Octets run) {
                                     fits = fits && run.size() <= most - used;
                                     if (!fits || run.empty()) return;
                                     std::memcpy(out.data() + used, run.data(), run.size());
                                     used += run.size();
                                   });
  if (!walked) return walked.error();
  if (!fits) return fault(Errc::no_space, rdata_offset, "room for the uncompressed rdata");
  return used;
}

Name RecordView::rdata_name(std::size_t at) const noexcept {
  return name_at(message.first(end_of(*this)), rdata_offset + at);
}

// ---- MessageView

Result<MessageView> MessageView::parse(Octets message) {
  WINDLASS_TRY(header, HeaderView::parse(message));
  if (message.size() > max_message_octets) return Error{Errc::trailing, 0, "at most 65535 octets"};
  MessageView view(message, header);
  WINDLASS_TRY(at, prove_questions(message, header.qdcount()));
  const std::uint16_t counts[3] = {header.ancount(), header.nscount(), header.arcount()};
  for (const Section section : {Section::answer, Section::authority, Section::additional}) {
    const auto index = static_cast<std::size_t>(section);
    view.section_offset_[index] = static_cast<std::uint16_t>(at);
    for (std::uint16_t left = counts[index]; left > 0; --left) {
      WINDLASS_TRY(record, prove_record(message, at));
      if (record.type() == Type::opt) {
        const Status proven = prove_opt(record, section, view.opt_offset_ == 0);
        if (!proven) return proven.error();
        view.opt_offset_ = record.owner_offset;
      }
      at = end_of(record);
    }
  }
  if (at != message.size()) return fault(Errc::trailing, at, "the message's end");
  return view;
}

Question MessageView::question() const noexcept {
  assert(header_.qdcount() > 0);
  const std::size_t at = HeaderView::size_octets;
  const std::size_t behind = at + skip_name(octets_, at);
  return {name_at(octets_, at), static_cast<Type>(word16(octets_, behind)),
          static_cast<Class>(word16(octets_, behind + 2))};
}

std::optional<OptView> MessageView::opt() const noexcept {
  if (opt_offset_ == 0) return std::nullopt;
  const RecordView record = record_at(octets_, opt_offset_, 1);
  const std::uint8_t version = edns_version(record);
  return OptView{record.class_code,
                 static_cast<std::uint8_t>(record.ttl >> 24),
                 version,
                 (record.ttl & 0x8000u) != 0,
                 (record.ttl & 0x4000u) != 0,
                 version == known_edns_version ? record.raw_rdata() : Octets{}};
}

Rcode MessageView::rcode() const noexcept {
  const auto edns = opt();
  const unsigned high = edns ? edns->extended_rcode : 0u;
  return static_cast<Rcode>(high << 4 | header_.rcode_low());
}

MessageView::Records MessageView::records(Section section) const noexcept {
  const std::uint16_t counts[3] = {header_.ancount(), header_.nscount(), header_.arcount()};
  const auto index = static_cast<std::size_t>(section);
  return {Iterator(octets_, section_offset_[index], counts[index]), Iterator(octets_, 0, 0)};
}

RecordView MessageView::Iterator::operator*() const noexcept {
  return record_at(message_, at_, skip_name(message_, at_));
}

MessageView::Iterator& MessageView::Iterator::operator++() noexcept {
  at_ = end_of(**this);
  --left_;
  return *this;
}
}  // namespace windlass::dns
