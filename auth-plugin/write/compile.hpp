#pragma once
/// The compiler: RRsets of a zone in key order -> the rows of serve.mdb's tables `node` and
/// `nsec3`, and what is known of the zone without asking the store.
///
///    node     zid | E(owner) | 00     all RRsets of one owner, each with the RRSIGs that cover it
///    nsec3    zid | hash (20)         an NSEC3 RRset with its RRSIGs; such an owner is no node;
///                                     only of the chain of the first usable NSEC3PARAM
///
/// One pass, no look back: the keys of all that stands below a cut or a DNAME begin with its key,
/// so the topmost one is remembered until a key comes that does not. RRSIGs that cover nothing are
/// left out. An owner that holds only such RRSIGs is no node.
#include <string>
#include <vector>

#include "auth-plugin/store/error.hpp"
#include "auth-plugin/store/node.hpp"
#include "auth-plugin/store/serve_reader.hpp"
#include "auth-plugin/zone/content.hpp"
namespace windlass::auth {

/// Where compiled rows go: per table in rising order of keys. What it is handed lives until it
/// returns.
class CompiledSink {
 public:
  virtual ~CompiledSink() = default;
  virtual StoreStatus node(Octets key, Octets value) = 0;
  virtual StoreStatus nsec3(Octets key, Octets value) = 0;
};

/// What a pass saw. `facts.slot` is not the compiler's and stays as it was given.
struct Compiled {
  ZoneFacts facts;
  bool presigned = false;  ///< DNSKEY or RRSIG at the apex: its signatures are not ours to renew
  std::uint32_t serial = 0;
  std::uint64_t names = 0;    ///< nodes
  std::uint64_t records = 0;  ///< with RRSIGs and NSEC3
};

/// The topmost cut or DNAME above where a pass begins in the middle of a zone.
struct Cover {
  Octets key;  ///< zid | E(owner): empty, there is none
  std::uint8_t labels = no_cover;
};

class Compiler {
 public:
  /// `facts`: zid, name and slot are set. Borrows the sink.
  Compiler(const ZoneFacts& facts, CompiledSink& sink);
  /// For a pass over a subtree or a single owner: what stands above it.
  void begin_below(const Cover& cover);
  /// RRsets in key order. The slice's octets must live until the next owner was added or finish().
  StoreStatus add(const RRsetSlice& rrset);
  StoreResult<Compiled> finish();

 private:
  struct Covering {
    dns::Type type;
    Octets rdata;
  };
  StoreStatus flush();
  void learn_apex(const RRsetSlice& rrset);
  void learn_chain(Octets nsec3param);
  bool is_of_chain(const RRsetSlice& nsec3) const;
  std::uint8_t place();
  void find_signatures();
  void add_set(NodeBuilder& node, const RRsetSlice& rrset);
  StoreStatus flush_nsec3(const RRsetSlice& rrset);
  Octets owner_key() const noexcept { return {key_.data(), key_.size() - 1}; }

  Compiled out_;
  CompiledSink& sink_;
  NodeBuilder builder_;
  std::vector<std::uint8_t> key_;  ///< of the owner at hand: zid | E(owner) | 00
  std::vector<std::uint8_t> cover_key_;
  std::uint8_t cover_ = no_cover;
  std::vector<RRsetSlice> sets_;       ///< of the owner at hand
  std::vector<Covering> covering_;     ///< its RRSIGs, by covered type
  std::vector<std::uint8_t> scratch_;  ///< the signatures of one RRset
  std::size_t next_covering_ = 0;
  bool apex_rrsig_ = false, apex_dnskey_ = false, apex_nsec3param_ = false, chain_ = false;
};

/// A whole zone. Precondition: content is sealed.
StoreResult<Compiled> compile(const ZoneContent& content, const ZoneFacts& facts,
                              CompiledSink& sink);
/// The same with zid_of(content.zone()) and `slot`.
StoreResult<Compiled> compile(const ZoneContent& content, std::uint32_t slot, CompiledSink& sink);
}  // namespace windlass::auth
