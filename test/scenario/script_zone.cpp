#include "test/scenario/script_zone.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace windlass::scenario {
namespace {
using dns::Name;
using dns::Type;
using test::Key;
using test::Zone;
using Words = std::vector<std::string>;

constexpr std::int64_t start_s = 1'700'000'000;  // ManualClock's wall clock
constexpr std::size_t stranger = 1000;           ///< number of the key that no DS knows

[[noreturn]] void refuse(const std::string& what) {
  throw std::runtime_error(what);
}

template <class T = int>
T number_of(const std::string& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    refuse("expected a number, not " + text);
  return value;
}

Name zone_name(const std::string& text) {
  const auto name = Name::from_text(text);
  if (!name) refuse("expected a name, not " + text);
  return *name;
}

Type zone_type(const std::string& text) {
  const auto type = dns::type_from_text(text);
  if (!type) refuse("expected a type, not " + text);
  return *type;
}

/// key=value; a word without "=" has an empty value.
std::pair<std::string, std::string> split(const std::string& word) {
  const std::size_t at = word.find('=');
  if (at == std::string::npos) return {word, {}};
  return {word.substr(0, at), word.substr(at + 1)};
}

void need_words(const Words& words, std::size_t count) {
  if (words.size() < count) refuse(words[0] + " needs more words");
}

void sign_word(ZoneSigning& signing, const std::string& word) {
  const auto [key, value] = split(word);
  using Kind = test::Denial::Kind;
  if (key == "expired")
    signing.ends_s = -1'000'000;
  else if (key == "wrong_key")
    signing.wrong_key = true;
  else if (key == "begins")
    signing.begins_s = number_of<std::int64_t>(value);
  else if (key == "ends")
    signing.ends_s = number_of<std::int64_t>(value);
  else if (key == "flags")
    signing.flags = number_of<std::uint16_t>(value);
  else if (key == "protocol")
    signing.protocol = number_of<std::uint8_t>(value);
  else if (key == "nsec3")
    signing.denial.kind = Kind::nsec3;
  else if (key == "opt_out")
    signing.denial.nsec3.opt_out = true;
  else if (key == "iterations")
    signing.denial.nsec3.iterations = number_of<std::uint16_t>(value);
  else if (key == "compact")
    signing.denial.kind = Kind::compact;
  else if (key == "unproven")
    signing.denial.unproven = true;
  else
    refuse("unknown SIGN word " + word);
}

void read_sign(ZoneSigning& signing, const Words& words) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i].find_first_not_of("0123456789") == std::string::npos)
      signing.algorithms.push_back(number_of(words[i]));
    else
      sign_word(signing, words[i]);
  }
  if (signing.algorithms.empty()) refuse("SIGN needs an algorithm");
}

DsScript read_ds(const Words& words) {
  DsScript ds;
  ds.child = zone_name(words[1]);
  for (std::size_t i = 2; i < words.size(); ++i) {
    const auto [key, value] = split(words[i]);
    if (key == "digest")
      ds.digest = number_of<std::uint8_t>(value);
    else if (key == "algorithm")
      ds.algorithm = number_of<std::uint8_t>(value);
    else if (key == "spoiled")
      ds.spoiled = true;
    else
      refuse("unknown DS word " + words[i]);
  }
  return ds;
}

Forgery read_forgery(const Words& words) {
  Forgery forgery;
  forgery.owner = zone_name(words[1]);
  forgery.type = zone_type(words[2]);
  for (std::size_t i = 3; i < words.size(); ++i) {
    const auto [key, value] = split(words[i]);
    if (key == "labels")
      forgery.labels = number_of<std::uint8_t>(value);
    else if (key == "algorithm")
      forgery.algorithm = number_of<std::uint8_t>(value);
    else if (key == "original_ttl")
      forgery.original_ttl = number_of<std::uint32_t>(value);
    else if (key == "begins")
      forgery.begins_s = number_of<std::int64_t>(value);
    else if (key == "ends")
      forgery.ends_s = number_of<std::int64_t>(value);
    else if (key == "signer")
      forgery.signer = zone_name(value);
    else if (key == "covered")
      forgery.covered = zone_type(value);
    else
      refuse("unknown FORGE word " + words[i]);
  }
  return forgery;
}

/// One key per algorithm and number for all scenarios: making RSA keys takes long.
const Key& kept_key(int algorithm, std::size_t number) {
  static std::map<std::pair<int, std::size_t>, Key> keys;
  const auto at = keys.find({algorithm, number});
  if (at != keys.end()) return at->second;
  return keys.emplace(std::pair(algorithm, number), Key::make(static_cast<std::uint8_t>(algorithm)))
      .first->second;
}

std::vector<Key> keys_of(const ZoneSigning& signing, std::size_t number) {
  std::vector<Key> keys;
  for (const int algorithm : signing.algorithms)
    keys.push_back(kept_key(algorithm, number)
                       .with(signing.flags.value_or(Key::ksk), signing.protocol.value_or(3)));
  return keys;
}

std::uint32_t at(std::int64_t after_start_s) {
  return static_cast<std::uint32_t>(start_s + after_start_s);
}

test::Signing signing_of(const ZoneSigning& signing) {
  test::Signing how;
  how.inception = at(signing.begins_s);
  how.expiration = at(signing.ends_s);
  return how;
}

test::Signing signing_of(const ZoneSigning& signing, const Forgery& forgery) {
  test::Signing how = signing_of(signing);
  how.labels = forgery.labels;
  how.algorithm = forgery.algorithm;
  how.original_ttl = forgery.original_ttl;
  how.signer = forgery.signer;
  how.covered = forgery.covered;
  if (forgery.begins_s) how.inception = at(*forgery.begins_s);
  if (forgery.ends_s) how.expiration = at(*forgery.ends_s);
  return how;
}

class ZoneMaker {
 public:
  ZoneMaker(const std::vector<ZoneScript>& scripts, unsigned trusted_tag)
      : scripts_(scripts), trusted_tag_(trusted_tag) {
    for (const auto& zone : scripts) numbers_.emplace(zone.apex.to_text(), numbers_.size());
  }

  Zone make(const ZoneScript& script) const {
    Zone zone(script.apex);
    zone.add_text(with_tags(script.text, trusted_tag_));
    for (const DsScript& ds : script.ds) zone.add(ds.child, Type::ds, rdata_of(ds));
    if (script.is_signed()) {
      const std::size_t number =
          script.signing.wrong_key ? stranger : numbers_.at(script.apex.to_text());
      zone.sign(keys_of(script.signing, number), signing_of(script.signing), script.signing.denial);
    }
    for (const Forgery& forgery : script.forgeries)
      zone.resign(forgery.owner, forgery.type, signing_of(script.signing, forgery));
    for (const auto& [owner, type] : script.spoil) zone.spoil(owner, type);
    for (const auto& [owner, type] : script.strip) zone.strip(owner, type);
    return zone;
  }

 private:
  test::Bytes rdata_of(const DsScript& ds) const {
    const auto child = std::find_if(scripts_.begin(), scripts_.end(),
                                    [&](auto& zone) { return zone.apex == ds.child; });
    if (child == scripts_.end() || !child->is_signed())
      refuse("no signed zone for DS " + ds.child.to_text());
    const auto keys = keys_of(child->signing, numbers_.at(ds.child.to_text()));
    test::Bytes rdata = keys.front().ds(ds.child, ds.digest);
    if (ds.algorithm) rdata[2] = *ds.algorithm;
    if (ds.spoiled) rdata.back() ^= 1u;
    return rdata;
  }

  const std::vector<ZoneScript>& scripts_;
  unsigned trusted_tag_;
  std::map<std::string, std::size_t> numbers_;
};
}  // namespace

void read_zone_line(ZoneScript& zone, const std::string& line, const Words& words) {
  const std::string& word = words[0];
  if (word == "ADDRESS") {
    for (std::size_t i = 1; i < words.size(); ++i) {
      const auto address = IpAddress::parse(words[i]);
      if (!address) refuse("expected an address, not " + words[i]);
      zone.addresses.push_back(*address);
    }
  } else if (word == "SIGN") {
    read_sign(zone.signing, words);
  } else if (word == "BROKEN") {
    zone.broken = true;
  } else if (word == "DS") {
    need_words(words, 2);
    zone.ds.push_back(read_ds(words));
  } else if (word == "FORGE") {
    need_words(words, 4);
    zone.forgeries.push_back(read_forgery(words));
  } else if (word == "SPOIL" || word == "STRIP") {
    need_words(words, 3);
    (word == "SPOIL" ? zone.spoil : zone.strip)
        .emplace_back(zone_name(words[1]), zone_type(words[2]));
  } else {
    zone.text += line + "\n";
  }
}

unsigned first_key_tag(const std::vector<ZoneScript>& scripts, const Name& apex) {
  for (std::size_t number = 0; number < scripts.size(); ++number)
    if (scripts[number].apex == apex && scripts[number].is_signed())
      return keys_of(scripts[number].signing, number).front().tag();
  return 0;
}

std::string with_tags(std::string text, unsigned trusted_tag) {
  using Word = std::pair<std::string_view, unsigned>;
  for (const auto& [word, tag] :
       {Word("-TRUSTED", trusted_tag), Word("-UNKNOWN", trusted_tag ^ 1u)})
    for (std::size_t at; (at = text.find(word)) != text.npos;)
      text.replace(at + 1, word.size() - 1, std::to_string(100'000 + tag).substr(1));
  return text;
}

std::vector<Zone> make_zones(const std::vector<ZoneScript>& scripts, unsigned trusted_tag) {
  const ZoneMaker maker(scripts, trusted_tag);
  std::vector<Zone> zones;
  for (const auto& script : scripts) zones.push_back(maker.make(script));
  return zones;
}
}  // namespace windlass::scenario
