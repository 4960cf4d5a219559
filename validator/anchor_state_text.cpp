// AnchorState as text: written and read by hand, so that what a hostile or torn file can do is in
// sight here.
#include <algorithm>
#include <charconv>
#include <limits>

#include "crypto/verify.hpp"
#include "dns/rdata.hpp"
#include "validator/anchor_match.hpp"
#include "validator/anchor_state.hpp"
#include "validator/text.hpp"

namespace windlass::validator {
namespace {
constexpr std::string_view first_line = "windlass-anchors 1";
constexpr std::string_view hex_digits = "0123456789ABCDEF";
constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view blanks = " \t\r";
constexpr std::size_t zones_most = 10'000, keys_most = 1000;

// Writing

std::string as_hex(dns::Octets octets) {
  std::string text;
  for (const std::uint8_t octet : octets) {
    text.push_back(hex_digits[octet >> 4]);
    text.push_back(hex_digits[octet & 0xF]);
  }
  return text;
}

std::string as_base64(dns::Octets octets) {
  std::string text;
  for (std::size_t at = 0; at < octets.size(); at += 3) {
    const std::size_t have = std::min<std::size_t>(3, octets.size() - at);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) bits = bits << 8 | (i < have ? octets[at + i] : 0u);
    for (std::size_t i = 0; i < 4; ++i)
      text.push_back(i <= have ? base64_digits[bits >> (18 - 6 * i) & 63] : '=');
  }
  return text;
}

std::string as_text(const AnchorKey& key) {
  if (const auto ds = dns::DsView::parse(key.rdata); key.is_ds && ds)
    return "DS " + std::to_string(ds->key_tag) + " " + std::to_string(ds->algorithm) + " " +
           std::to_string(ds->digest_type) + " " + as_hex(ds->digest);
  if (const auto dnskey = dns::DnskeyView::parse(key.rdata))
    return "DNSKEY " + std::to_string(dnskey->flags) + " " + std::to_string(dnskey->protocol) +
           " " + std::to_string(dnskey->algorithm) + " " + as_base64(dnskey->public_key);
  return {};
}

std::string as_line(const FollowedKey& key) {
  std::string line =
      "key " + std::string(name_of(key.state)) + " since " + wall_text(key.since_wall_s);
  if (key.state == KeyState::addpend) line += " ttl " + std::to_string(key.ttl_s);
  if (key.state == KeyState::revoked) line += " seen " + wall_text(key.seen_wall_s);
  return line + " " + as_text(key.key) + "\n";
}

// Reading

bool hex_octets(std::string_view text, std::vector<std::uint8_t>& out) {
  if (text.size() % 2 != 0) return false;
  std::uint8_t high = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at] >= 'a' && text[at] <= 'f' ? static_cast<char>(text[at] - 32) : text[at];
    const std::size_t digit = hex_digits.find(c);
    if (digit == hex_digits.npos) return false;
    if (at % 2 == 0)
      high = static_cast<std::uint8_t>(digit << 4);
    else
      out.push_back(static_cast<std::uint8_t>(high | digit));
  }
  return true;
}

/// One form for each value: whole groups of four, padding at the end alone, no bits left over.
bool base64_octets(std::string_view text, std::vector<std::uint8_t>& out) {
  if (text.empty() || text.size() % 4 != 0) return false;
  std::size_t padding = 0;
  while (padding < 2 && text[text.size() - 1 - padding] == '=') ++padding;
  std::uint32_t bits = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool pad = at >= text.size() - padding;
    const std::size_t digit = pad ? 0 : base64_digits.find(text[at]);
    if (digit == base64_digits.npos) return false;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    if (at % 4 != 3) continue;
    for (int shift : {16, 8, 0}) out.push_back(static_cast<std::uint8_t>(bits >> shift));
    bits = 0;
  }
  for (; padding > 0; --padding) {
    if (out.back() != 0) return false;
    out.pop_back();
  }
  return true;
}

template <class Number>
bool number(std::string_view text, Number& out, std::uint32_t most) {
  std::uint32_t read = 0;
  const auto end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, read);
  if (result.ec != std::errc{} || result.ptr != end || read > most) return false;
  out = static_cast<Number>(read);
  return true;
}

template <class Number>
bool number(std::string_view text, Number& out) {
  return number(text, out, std::numeric_limits<Number>::max());
}

/// The words of one line, taken one after the other.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}
  std::string_view next() {
    const std::size_t from = std::min(rest_.find_first_not_of(blanks), rest_.size());
    rest_.remove_prefix(from);
    const std::string_view word = rest_.substr(0, rest_.find_first_of(blanks));
    rest_.remove_prefix(word.size());
    return word;
  }
  bool over() const { return rest_.find_first_not_of(blanks) == rest_.npos; }

 private:
  std::string_view rest_;
};

using Complaint = const char*;  ///< what was expected; nullptr: nothing is wrong

class StateReader {
 public:
  Result<AnchorState, AnchorError> run(std::string_view text) {
    while (!text.empty()) {
      ++line_;
      const std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(text.size(), line.size() + 1));
      Words words(line);
      if (words.over() || line.front() == ';') continue;
      Complaint complaint = take(words);
      if (complaint == nullptr && !words.over()) complaint = "the end of the line";
      if (complaint != nullptr) return error(complaint);
    }
    if (stage_ != Stage::ended) return error("a last line `end` (the file was cut short)");
    return std::move(state_);
  }

 private:
  enum class Stage : std::uint8_t { begin, source, zones, ended };

  AnchorError error(const std::string& expected) const {
    return {std::max<std::size_t>(1, line_), trouble_.empty() ? "expected " + expected : trouble_};
  }

  Complaint take(Words& words) {
    const std::string_view word = words.next();
    switch (stage_) {
      case Stage::begin:
        stage_ = Stage::source;
        return word == first_line.substr(0, first_line.find(' ')) && words.next() == "1"
                   ? nullptr
                   : "`windlass-anchors 1`";
      case Stage::source:
        stage_ = Stage::zones;
        return word == "source" ? take_source(words) : "`source` and a hash";
      case Stage::zones:
        if (word == "zone") return take_zone(words);
        if (word == "key") return take_key(words);
        return word == "end" ? take_end(words) : "`zone`, `key` or `end`";
      case Stage::ended:
        break;
    }
    return "nothing behind `end`";
  }

  Complaint take_source(Words& words) {
    std::vector<std::uint8_t> octets;
    if (!hex_octets(words.next(), octets) || octets.size() != state_.source.size())
      return "64 hexadecimal digits";
    std::ranges::copy(octets, state_.source.begin());
    return nullptr;
  }

  static Complaint take_time(std::string_view word, std::int64_t& out) {
    const auto wall_s = parse_wall_text(word);
    if (!wall_s) return "a time like 2026-11-23T10:00:00Z";
    out = *wall_s;
    return nullptr;
  }

  Complaint take_zone(Words& words) {
    const std::string_view word = words.next();
    const auto name = dns::Name::from_text(word);
    if (word.empty() || !name) return "the name of a zone";
    if (state_.zones.size() == zones_most) return "at most 10000 zones";
    if (state_.find(*name) != nullptr) return "a zone that is not above already";
    AnchorZone& zone = state_.zones.emplace_back();
    zone.zone = *name;
    if (words.next() != "checked") return "`checked`";
    const std::string_view checked = words.next();
    if (checked != "never")
      if (const auto wrong = take_time(checked, zone.checked_wall_s)) return wrong;
    if (words.over()) return nullptr;
    if (words.next() != "next") return "`next`";
    return take_time(words.next(), zone.next_wall_s);
  }

  Complaint take_key(Words& words) {
    if (state_.zones.empty()) return "a `zone` first";
    FollowedKey key;
    const auto state = parse_key_state(words.next());
    if (!state) return "addpend, valid, missing, revoked or removed";
    key.state = *state;
    if (words.next() != "since") return "`since`";
    if (const auto wrong = take_time(words.next(), key.since_wall_s)) return wrong;
    std::string_view word = words.next();
    if (key.state == KeyState::addpend) {
      if (word != "ttl" || !number(words.next(), key.ttl_s)) return "`ttl` and a number of seconds";
      word = words.next();
    } else if (key.state == KeyState::revoked) {
      if (word != "seen") return "`seen`";
      if (const auto wrong = take_time(words.next(), key.seen_wall_s)) return wrong;
      word = words.next();
    }
    if (word == "DS") return take_ds(words, std::move(key));
    return word == "DNSKEY" ? take_dnskey(words, std::move(key)) : "DS or DNSKEY";
  }

  Complaint take_ds(Words& words, FollowedKey key) {
    std::uint16_t tag = 0;
    std::uint8_t algorithm = 0, digest_type = 0;
    const bool numbers = number(words.next(), tag) && number(words.next(), algorithm) &&
                         number(words.next(), digest_type);
    if (!numbers) return "a key tag, an algorithm and a digest type, as numbers";
    std::vector<std::uint8_t> rdata{static_cast<std::uint8_t>(tag >> 8),
                                    static_cast<std::uint8_t>(tag), algorithm, digest_type};
    if (!hex_octets(words.next(), rdata)) return "a digest of whole octets in hexadecimal";
    return keep(std::move(key), true, std::move(rdata));
  }

  Complaint take_dnskey(Words& words, FollowedKey key) {
    std::uint16_t flags = 0;
    std::uint8_t protocol = 0, algorithm = 0;
    const bool numbers = number(words.next(), flags) && number(words.next(), protocol) &&
                         number(words.next(), algorithm);
    if (!numbers) return "flags, protocol and algorithm, as numbers";
    std::vector<std::uint8_t> rdata{static_cast<std::uint8_t>(flags >> 8),
                                    static_cast<std::uint8_t>(flags), protocol, algorithm};
    if (!base64_octets(words.next(), rdata)) return "a public key in base64";
    return keep(std::move(key), false, std::move(rdata));
  }

  Complaint keep(FollowedKey key, bool is_ds, std::vector<std::uint8_t> rdata) {
    auto made = anchor_key(is_ds, std::move(rdata));
    if (!made) {
      trouble_ = made.error();
      return "a key";
    }
    key.key = *std::move(made);
    auto& keys = state_.zones.back().keys;
    if (keys.size() == keys_most) return "at most 1000 keys of a zone";
    const auto same = [&](const FollowedKey& other) {
      return same_key(state_.zones.back().zone, other.key, key.key);
    };
    if (std::ranges::any_of(keys, same)) return "a key that is not above already";
    keys.push_back(std::move(key));
    ++keys_;
    return nullptr;
  }

  Complaint take_end(Words& words) {
    std::size_t count = 0;
    stage_ = Stage::ended;
    const bool whole = number(words.next(), count, 1'000'000'000) && count == keys_;
    return whole ? nullptr : "`end` and the number of keys above";
  }

  AnchorState state_;
  Stage stage_ = Stage::begin;
  std::size_t line_ = 0, keys_ = 0;
  std::string trouble_;
};
}  // namespace

std::string AnchorState::to_text() const {
  std::size_t count = 0;
  std::string text(first_line);
  text +=
      "\n; What windlass has learnt of the keys of trust anchors (RFC 5011). It writes this file "
      "anew;\n; `windlassctl anchors reload --force` begins again from the trust anchor file.\n";
  text += "source " + as_hex(source) + "\n";
  for (const AnchorZone& zone : zones) {
    text += "zone " + zone.zone.to_text() + " checked " +
            (zone.checked_wall_s == 0 ? std::string("never") : wall_text(zone.checked_wall_s));
    if (zone.next_wall_s != 0) text += " next " + wall_text(zone.next_wall_s);
    text += "\n";
    for (const FollowedKey& key : zone.keys) text += as_line(key), ++count;
  }
  return text + "end " + std::to_string(count) + "\n";
}

Result<AnchorState, AnchorError> AnchorState::parse(std::string_view text) {
  return StateReader().run(text);
}
}  // namespace windlass::validator
