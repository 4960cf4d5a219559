#pragma once
/// RRset: all records of one (name, type, class) with their RRSIGs, in one block of memory,
/// immutable.
///
///    block:  owner wire | (length 2 | rdata) x records | (length 2 | rdata) x signatures
///
/// Rdata is uncompressed, its case kept, in canonical order without duplicates (RFC 4034 6.3), so
/// that two RRsets with the same data have the same block. Lengths are native 16-bit. Shared
/// between cache, resolutions and answers as RRsetPtr; the TTL in it is the one received (already
/// capped).
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "dns/message_view.hpp"
#include "dns/name.hpp"
#include "dns/types.hpp"
namespace windlass::dns {

class RRset;
using RRsetPtr = std::shared_ptr<const RRset>;

/// Forward range over length-prefixed rdata in a block.
class RdataRange {
 public:
  class Iterator {
   public:
    using value_type = std::span<const std::uint8_t>;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;  ///< it gives values, not references
    using pointer = const value_type*;
    using reference = value_type;
    explicit Iterator(const std::uint8_t* at) : at_(at) {}
    std::span<const std::uint8_t> operator*() const noexcept;
    Iterator& operator++() noexcept;
    Iterator operator++(int) noexcept {
      const Iterator before = *this;
      return ++*this, before;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const std::uint8_t* at_;
  };
  RdataRange(const std::uint8_t* begin, const std::uint8_t* end, std::uint16_t count)
      : begin_(begin), end_(end), count_(count) {}
  Iterator begin() const noexcept { return Iterator(begin_); }
  Iterator end() const noexcept { return Iterator(end_); }
  std::uint16_t size() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }
  std::span<const std::uint8_t> front() const noexcept { return *begin(); }

 private:
  const std::uint8_t *begin_, *end_;
  std::uint16_t count_;
};

class RRset {
 public:
  Name owner() const noexcept;
  std::span<const std::uint8_t> owner_wire() const noexcept {
    return {block_.data(), owner_octets_};
  }
  Type type() const noexcept { return type_; }
  Class klass() const noexcept { return class_; }
  std::uint32_t ttl() const noexcept { return ttl_; }
  RdataRange rdata() const noexcept;
  RdataRange signatures() const noexcept;  ///< rdata of the RRSIGs covering this RRset
  /// Octets this RRset holds on the heap, itself included.
  std::size_t memory_octets() const noexcept;
  /// Same owner (without case), type, class and rdata; TTL and signatures may differ.
  bool same_data(const RRset& other) const noexcept;
  /// A copy with another TTL.
  RRsetPtr with_ttl(std::uint32_t ttl) const;
  /// A copy without signatures.
  RRsetPtr without_signatures() const;

 private:
  friend class RRsetBuilder;
  RRset() = default;
  std::vector<std::uint8_t> block_;
  Type type_ = Type::none;
  Class class_ = Class::in;
  std::uint32_t ttl_ = 0;
  std::uint32_t signatures_at_ = 0;
  std::uint16_t owner_octets_ = 0, records_ = 0, signature_count_ = 0;
};

/// Collects records and signatures of one RRset, then builds it. The TTL is the least of those
/// added.
class RRsetBuilder {
 public:
  RRsetBuilder(const Name& owner, Type type, Class klass = Class::in);
  /// `rdata` uncompressed. limit_reached beyond records_per_rrset / rrset_octets of the default
  /// table.
  Status add(std::span<const std::uint8_t> rdata, std::uint32_t ttl);
  Status add_signature(std::span<const std::uint8_t> rdata, std::uint32_t ttl);
  /// From a record of a message: adds its expanded rdata (RRSIG records go to the signatures).
  Status add(const RecordView& record);
  bool empty() const noexcept { return rdatas_.empty(); }
  const Name& owner() const noexcept { return owner_; }
  Type type() const noexcept { return type_; }
  void cap_ttl(std::uint32_t most);
  RRsetPtr build();  ///< leaves the builder empty

 private:
  Status put(std::vector<std::vector<std::uint8_t>>& to, std::span<const std::uint8_t> rdata,
             std::uint32_t ttl);
  Name owner_;
  Type type_;
  Class class_;
  std::uint32_t ttl_ = 0xFFFFFFFFu;
  std::size_t octets_ = 0;
  std::vector<std::vector<std::uint8_t>> rdatas_, signatures_;
};
}  // namespace windlass::dns
