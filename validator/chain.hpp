#pragma once
/// Words for the records of a chain of trust, as ChainSteps show them.
#include <string>

#include "dns/rrset.hpp"
namespace windlass::validator {

/// "DS 12345 (ECDSAP256SHA256, SHA-256), 815 (RSASHA256, SHA-1)"
std::string ds_text(const dns::RRset& ds);
/// "DNSKEY 12345 (ECDSAP256SHA256, KSK), 815 (ECDSAP256SHA256, ZSK)"; KSK: the SEP bit is set.
std::string dnskey_text(const dns::RRset& dnskeys);
}  // namespace windlass::validator
