#include "validator/chain.hpp"

#include <array>

#include "dns/rdata.hpp"
#include "validator/text.hpp"
#include "validator/validation.hpp"

namespace windlass::validator {

std::string ds_text(const dns::RRset& ds) {
  std::string text = "DS";
  for (const auto rdata : ds.rdata()) {
    const auto one = dns::DsView::parse(rdata);
    if (!one) continue;
    text += (text == "DS" ? " " : ", ") + std::to_string(one->key_tag) + " (" +
            algorithm_text(one->algorithm) + ", " + digest_text(one->digest_type) + ")";
  }
  return text;
}

std::string dnskey_text(const dns::RRset& dnskeys) {
  std::string text = "DNSKEY";
  for (const auto rdata : dnskeys.rdata()) {
    const auto key = dns::DnskeyView::parse(rdata);
    if (!key) continue;
    text += (text == "DNSKEY" ? " " : ", ") + std::to_string(dns::key_tag(rdata)) + " (" +
            algorithm_text(key->algorithm) + (key->secure_entry_point() ? ", KSK" : ", ZSK") +
            (key->revoked() ? ", revoked)" : ")");
  }
  return text;
}

std::string_view name_of(ChainStep::Link link) {
  constexpr std::array<std::string_view, 8> names{"anchor", "ds",   "no_ds", "no_cut",
                                                  "dnskey", "data", "kept",  "negative_anchor"};
  return names[static_cast<std::size_t>(link)];
}
}  // namespace windlass::validator
