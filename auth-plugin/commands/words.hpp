#pragma once
/// The words of commands: names, types, TTLs and rdata, each with its own complaint.
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "dns/name.hpp"
#include "dns/types.hpp"
namespace windlass::auth {

template <class T>
using Worded = Result<T, std::string>;  ///< the error: what stood there, what was expected

/// Always absolute, with or without the final dot.
Worded<dns::Name> read_zone_name(const std::string& word);
/// Absolute with a final dot, relative to the zone without, @ the apex. In the zone.
Worded<dns::Name> read_owner(const std::string& word, const dns::Name& zone);
/// A type that can be data.
Worded<dns::Type> read_type(const std::string& word);
Worded<std::uint32_t> read_ttl_word(const std::string& word);
/// One record's rdata. Words as a shell hands them over: of TXT and SPF each word is a string of
/// its own, other words with blanks in them are quoted again.
Worded<std::vector<std::uint8_t>> read_rdata_words(dns::Type type,
                                                   std::span<const std::string> words,
                                                   const dns::Name& zone);
}  // namespace windlass::auth
