#pragma once
/// ServeReader: one worker's snapshot of serve.mdb: one read transaction a receive batch, its
/// cursors, and Scratch, into which values are copied out of mapped pages.
#include <cstdint>
#include <memory>
#include <vector>

#include "auth-plugin/store/error.hpp"
#include "auth-plugin/store/key.hpp"
#include "dns/name.hpp"
namespace windlass::auth {

class Environment;

/// What is known of a zone without asking the store for it; immutable, part of the published
/// ZoneMap.
struct ZoneFacts {
  Zid zid = 0;
  dns::Name name;
  std::uint32_t slot = 0;  ///< of the generations array
  bool is_signed = false;  ///< its apex has DNSKEY and RRSIGs
  bool nsec3 = false;      ///< denial by NSEC3 (an NSEC3PARAM and a chain are there)
  std::uint16_t nsec3_iterations = 0;
  std::uint8_t nsec3_salt_octets = 0;
  std::uint8_t nsec3_salt[255] = {};
};

enum class Table : std::uint8_t { node, nsec3 };
enum class Seek : std::uint8_t {
  exact,       ///< the key itself
  at_or_next,  ///< the first key not below it
  before,      ///< the last key below it
  next,        ///< the one after where the cursor stands
  previous,
  last_of_zone,  ///< the greatest key of the zone in the sought key's first 8 octets (NSEC3 wraps
                 ///< around)
};

/// A row copied out: valid until release().
struct Row {
  bool found = false;
  Octets key, value;
};

class ServeReader {
 public:
  /// Errors: not_found: the tables are not there (it never writes, and so never creates them).
  static StoreResult<std::unique_ptr<ServeReader>> open(std::shared_ptr<Environment> serve);
  ~ServeReader();
  StoreStatus begin();  ///< renews the snapshot; of a store marked bad: its error
  void end() noexcept;  ///< nothing is held open between batches; release() too
  /// The generation of a zone inside this snapshot (table `state`); 0: the zone is not there.
  StoreResult<std::uint64_t> generation(Zid zid);
  /// One step of a cursor, guarded. A row of another zone than the sought key's zid counts as not
  /// found; `next` and `previous` take the key for its zid only and step on from where the last
  /// seek in this table stood (behind the end: previous gives the last row). Precondition: begin().
  StoreResult<Row> seek(Table table, Seek how, Octets key);
  void release() noexcept;  ///< forgets what was copied out
  /// A row of this store that was read and makes no sense: names the file, `what` and the remedy.
  StoreError damaged(const char* what) const;

 private:
  struct Impl;
  explicit ServeReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};
}  // namespace windlass::auth
