// The input is a type (its first octet chooses) and rdata. What a view takes apart must come back
// octet for octet; bitmaps must say what a second, simpler reading of them says; canonical forms
// must be stable and differ in letters' case alone; keys must be within their limits; signatures of
// chance must be answered with yes or no.
#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <set>
#include <vector>

#include "base/limits.hpp"
#include "crypto/verify.hpp"
#include "dns/canonical.hpp"
#include "dns/rdata.hpp"
#include "dns/rrset.hpp"
#include "test/fuzz/oracle.hpp"
#include "validator/text.hpp"

namespace {
using namespace windlass::dns;
using windlass::Limit;
using windlass::row_of;
using windlass::crypto::PublicKey;
using windlass::fuzz::require;
using Buffer = std::vector<std::uint8_t>;

constexpr std::size_t octets_most = 4096;

bool equal(Octets a, Octets b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

/// Puts rdata together again.
class Writer {
 public:
  Writer& word(std::size_t value) {
    return octet(static_cast<unsigned>(value >> 8)).octet(static_cast<unsigned>(value & 0xFF));
  }
  Writer& octet(unsigned value) {
    out_.push_back(static_cast<std::uint8_t>(value));
    return *this;
  }
  Writer& put(Octets octets) {
    out_.insert(out_.end(), octets.begin(), octets.end());
    return *this;
  }
  Writer& counted(Octets octets) { return octet(static_cast<unsigned>(octets.size())).put(octets); }
  const Buffer& octets() const { return out_; }

 private:
  Buffer out_;
};

/// The types in the windows of a bitmap, by RFC 4034 4.1.2 alone; false: malformed.
bool types_in(Octets bitmap, std::set<unsigned>& types, std::set<unsigned>& windows) {
  int last = -1;
  for (std::size_t at = 0; at < bitmap.size();) {
    if (bitmap.size() - at < 3) return false;
    const unsigned window = bitmap[at], size = bitmap[at + 1];
    const bool whole = size >= 1 && size <= 32 && at + 2 + size <= bitmap.size();
    if (!whole || static_cast<int>(window) <= last) return false;
    last = static_cast<int>(window);
    windows.insert(window);
    for (unsigned bit = 0; bit < 8 * size; ++bit)
      if (bitmap[at + 2 + bit / 8] >> (7 - bit % 8) & 1) types.insert(window * 256 + bit);
    at += 2u + size;
  }
  return true;
}

void check_bitmap(const windlass::Result<TypeBitmap>& bitmap, Octets octets) {
  std::set<unsigned> types, windows;
  require(bool(bitmap) == types_in(octets, types, windows), "malformed bitmaps are refused");
  if (!bitmap) return;
  windows.insert(0);
  windows.insert(255);
  for (const unsigned window : windows)
    for (unsigned low = 0; low < 256; ++low) {
      const unsigned type = window * 256 + low;
      require(bitmap->has(static_cast<Type>(type)) == types.contains(type), "each bit is read");
    }
}

/// The tag of RFC 4034 B, summed as words.
unsigned tag_of(Octets rdata) {
  unsigned long sum = 0;
  for (std::size_t at = 0; at < rdata.size(); at += 2)
    sum += rdata[at] * 256ul + (at + 1 < rdata.size() ? rdata[at + 1] : 0u);
  return static_cast<unsigned>((sum + (sum >> 16 & 0xFFFF)) & 0xFFFF);
}

std::size_t bits_of(Octets number) {
  const auto first = std::find_if(number.begin(), number.end(), [](auto octet) { return octet; });
  if (first == number.end()) return 0;
  std::size_t bits = 8 * static_cast<std::size_t>(number.end() - first);
  for (unsigned mask = 0x80; (*first & mask) == 0; mask >>= 1) --bits;
  return bits;
}

void check_rsa_bounds(Octets key) {
  const bool longer = key[0] == 0;
  const std::size_t at = longer ? 3 : 1;
  const std::size_t size = longer ? key[1] * 256u + key[2] : key[0];
  const Octets exponent = key.subspan(at, size), modulus = key.subspan(at + size);
  const auto most = [](Limit limit) { return static_cast<std::size_t>(row_of(limit).standard); };
  require(bits_of(exponent) <= most(Limit::rsa_exponent_bits) &&
              bits_of(modulus) <= most(Limit::rsa_bits),
          "no RSA key beyond the limits");
  require((exponent.back() & modulus.back() & 1u) != 0 && bits_of(exponent) > 1, "odd numbers");
}

void check_key(std::uint8_t algorithm, Octets octets) {
  const auto key = PublicKey::parse(algorithm, octets, row_of(Limit::rsa_bits).standard,
                                    row_of(Limit::rsa_exponent_bits).standard);
  if (!key) return;
  require(windlass::crypto::algorithm_supported(algorithm), "no key of an unknown algorithm");
  require((*key)->memory_octets() > octets.size(), "a key tells its memory");
  if (algorithm == 5 || algorithm == 7 || algorithm == 8 || algorithm == 10)
    check_rsa_bounds(octets);
  const Buffer message(33, 0x2A);
  Buffer signature(octets.begin(), octets.end());  // of as good a chance as any other
  const std::map<std::uint8_t, std::size_t> sizes{{13, 64}, {14, 96}, {15, 64}, {16, 114}};
  if (const auto size = sizes.find(algorithm); size != sizes.end()) {
    signature.resize(size->second, 7);
    require((*key)->verify(message, signature) == (*key)->verify(message, signature), "one answer");
    signature.push_back(0);
  }
  require(!(*key)->verify(message, signature), "a signature of another length is wrong");
  require(!(*key)->verify(message, {}), "and so is none");
}

void check_dnskey(Octets rdata) {
  const auto view = DnskeyView::parse(rdata);
  if (rdata.size() >= 7 && rdata[3] != 1) require(key_tag(rdata) == tag_of(rdata), "its key tag");
  (void)key_tag(rdata);
  require(bool(view) == (rdata.size() > 4), "a DNSKEY with a key is read");
  if (!view) return;
  Writer again;
  again.word(view->flags).octet(view->protocol).octet(view->algorithm).put(view->public_key);
  require(equal(again.octets(), rdata), "a DNSKEY comes back");
  check_key(view->algorithm, view->public_key);
  (void)windlass::validator::algorithm_text(view->algorithm);
}

void check_ds(Octets rdata) {
  const auto view = DsView::parse(rdata);
  require(bool(view) == (rdata.size() > 4), "a DS with a digest is read");
  if (!view) return;
  Writer again;
  again.word(view->key_tag).octet(view->algorithm).octet(view->digest_type).put(view->digest);
  require(equal(again.octets(), rdata), "a DS comes back");
  const auto digest = windlass::crypto::digest(view->digest_type, rdata);
  require(bool(digest) == windlass::crypto::digest_supported(view->digest_type), "its digest");
  (void)windlass::validator::digest_text(view->digest_type);
}

/// What is signed: prefix, then each record with its head; in lower case where names stand.
void check_image(const RrsigView& view) {
  const Name owner = Name::literal("Www.Example.ORG.");
  if (view.labels > owner.label_count()) return;
  RRsetBuilder builder(owner, Type::mx);
  for (const unsigned preference : {2u, 1u, 2u}) {
    const Buffer mx{0, static_cast<std::uint8_t>(preference), 1, 'X', 0};
    require(bool(builder.add(mx, 60)), "an MX is taken");
  }
  Buffer image;
  append_signed_image(image, *builder.build(), view);
  const std::size_t prefix = view.signed_prefix.size();
  const std::size_t star = view.labels < owner.label_count() ? 2 : 0;
  const std::size_t signed_owner = owner.suffix(view.labels).size_octets() + star;
  require(image.size() == prefix + 2 * (signed_owner + 10 + 5), "one head a record, no duplicate");
  require(equal(Octets(image).first(18), view.signed_prefix.first(18)), "the fields as they are");
  require(image[image.size() - 2] == 'x' && image[image.size() - 4] == 2, "canonical and in order");
}

void check_rrsig(Octets rdata) {
  const auto view = RrsigView::parse(rdata);
  if (!view) return;
  Writer again;
  again.word(static_cast<std::size_t>(view->covered)).octet(view->algorithm).octet(view->labels);
  for (const std::uint32_t field : {view->original_ttl, view->expiration, view->inception})
    again.word(field >> 16).word(field & 0xFFFF);
  again.word(view->key_tag).put(view->signer.wire());
  require(equal(again.octets(), view->signed_prefix), "the prefix of an RRSIG comes back");
  again.put(view->signature);
  require(equal(again.octets(), rdata) && !view->signature.empty(), "and all of it");
  check_image(*view);
  (void)windlass::validator::time_text(view->expiration, view->inception);
}

void check_nsec(Octets rdata) {
  const auto next = Name::from_wire(rdata);
  const auto view = NsecView::parse(rdata);
  require(!view || bool(next), "no NSEC without a name");
  if (!next) return;
  const Octets bitmap = rdata.subspan(next->size_octets());
  check_bitmap(TypeBitmap::parse(bitmap), bitmap);
  require(bool(view) == bool(TypeBitmap::parse(bitmap)), "an NSEC is a name and a bitmap");
  if (view) require(view->next.same_case(*next), "its next name as it stands");
}

void check_nsec3(Octets rdata) {
  const auto view = Nsec3View::parse(rdata);
  if (!view) return;
  Writer again;
  again.octet(view->hash_algorithm).octet(view->flags).word(view->iterations);
  again.counted(view->salt).counted(view->next_hash);
  const std::size_t head = again.octets().size();
  require(head <= rdata.size() && equal(again.octets(), rdata.first(head)), "an NSEC3 comes back");
  check_bitmap(TypeBitmap::parse(rdata.subspan(head)), rdata.subspan(head));
  const std::string text = base32hex(view->next_hash);
  Buffer hash;
  const Octets label(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  require(from_base32hex(label, hash) && equal(hash, view->next_hash), "base32hex comes back");
  const auto iterations = std::min<std::uint16_t>(view->iterations, 50);
  const Name name = Name::literal("Example.ORG.");
  require(nsec3_hash(name, view->salt, iterations) ==
              nsec3_hash(name.lowercase(), view->salt, iterations),
          "hashes know no case");
}

/// As a record of an RRset, whatever it is.
void check_canonical(Type type, Octets rdata) {
  Buffer once, twice;
  append_canonical_rdata(once, type, rdata);
  append_canonical_rdata(twice, type, once);
  require(once == twice, "the canonical form is its own canonical form");
  const auto same = [](auto a, auto b) { return a == lower(b) || a == b; };
  require(std::equal(once.begin(), once.end(), rdata.begin(), rdata.end(), same),
          "it differs in the case of letters alone");
  if (type != Type::rrsig) require(equal(once, rdata), "and only where RFC 6840 5.1 says so");
  RRsetBuilder builder(Name::literal("example.org."), type);
  for (int twice_added = 0; twice_added < 2; ++twice_added)
    require(bool(builder.add(rdata, 60)), "rdata of this size is taken");
  const auto rrset = builder.build();
  require(rrset->rdata().size() == 1 && equal(rrset->rdata().front(), rdata), "once, as it is");
}
}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr struct {
    Type type;
    void (*check)(Octets);
  } targets[] = {{Type::dnskey, check_dnskey},
                 {Type::rrsig, check_rrsig},
                 {Type::nsec, check_nsec},
                 {Type::nsec3, check_nsec3},
                 {Type::ds, check_ds}};
  if (size == 0) return 0;
  const auto& target = targets[data[0] % std::size(targets)];
  const Octets rdata(data + 1, std::min(size - 1, octets_most));
  target.check(rdata);
  check_canonical(target.type, rdata);
  return 0;
}
