#pragma once
/// Trace: what `why` prints: each step of one resolution as it happened, and the chain of trust.
///
/// A traced resolution is private: it joins nobody, reads no cached data and starts at the root (or
/// the configured zone), so that every step is seen. What it learns on the way is kept here, not
/// asked twice.
#include <cstdint>
#include <string>
#include <vector>

#include "cache/delegation.hpp"
#include "cache/entry.hpp"
#include "resolver/outcome.hpp"
#include "validator/validation.hpp"
namespace windlass::resolver {

struct TraceStep {
  std::string cut;       ///< zone whose server was asked
  std::string server;    ///< endpoint
  std::string question;  ///< as sent: "www.example.org. A"
  std::int64_t round_trip_us = 0;
  std::string
      result;  ///< "referral to example.org. (signed)", "answer", "NXDOMAIN", "timeout", ...
  unsigned depth = 0;  ///< 0: the question itself; 1: for the validator or a server's address; ...
};

struct Trace {
  validator::TrustAnchors::Ptr anchors;  ///< judged by these; nullptr: by those in force
  validator::KeyStore keys;              ///< so that nothing of it is left behind
  std::vector<TraceStep> steps;
  std::vector<validator::ChainStep> chain;  ///< of each alias in turn
  std::vector<std::pair<Key, cache::EntryPtr>> entries;
  std::vector<std::pair<cache::Partition, cache::DelegationPtr>> delegations;
};
}  // namespace windlass::resolver
