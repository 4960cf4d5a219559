#pragma once
/// Rdata in presentation form, in and out, whichever of us, ldns or RFC 3597 knows it.
#include <span>
#include <string>
#include <vector>

#include "auth-plugin/zone/lexer.hpp"
#include "dns/name.hpp"
#include "dns/types.hpp"
namespace windlass::auth {

/// The words behind a record's type as rdata that has its type's shape. `end`: where the record
/// ends, for complaints. False: `complaint` says why, `out` is of no use.
bool read_rdata_words(dns::Type type, std::span<const Word> words, const dns::Name& origin,
                      TextPlace end, std::vector<std::uint8_t>& out, Complaint& complaint);
/// Appends text that reads back to the same octets.
void append_rdata_text(std::string& out, dns::Type type, std::span<const std::uint8_t> rdata);
}  // namespace windlass::auth
