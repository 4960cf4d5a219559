#pragma once
/// Draft: the answer while it grows: a MessageBuilder that knows the question's wishes and what a
/// cache must know of the answer.
#include <array>

#include "auth-plugin/answer/answer.hpp"
namespace windlass::auth {

class Draft {
 public:
  /// Precondition: `out` and question.octets_max are at least 512. Borrows `question`.
  Draft(const LocalQuestion& question, const AnswerOptions& options, std::span<std::uint8_t> out);

  bool dnssec() const noexcept { return question_.edns && question_.dnssec_ok; }
  bool truncated() const noexcept { return builder_.truncated(); }
  void truncate() noexcept { builder_.truncate(); }
  void set_rcode(dns::Rcode rcode) noexcept { rcode_ = rcode; }
  void set_aa(bool aa) noexcept { aa_ = aa; }
  /// Only the first one told is heard; `ede` must live until finish().
  void explain(const dns::Ede& ede) noexcept { builder_.explain(ede); }

  /// A whole RRset or nothing; its RRSIGs when the question set DO. `ttl` replaces the set's.
  bool add(dns::Section section, const dns::Name& owner, const NodeSet& set, std::uint32_t ttl);
  bool add(dns::Section section, const dns::Name& owner, const NodeSet& set) {
    return add(section, owner, set, set.ttl);
  }
  /// The RRSIGs over `set` as an RRset of their own; `set` has some.
  bool add_signatures(const dns::Name& owner, const NodeSet& set);
  bool add_cname(const dns::Name& owner, std::uint32_t ttl, const dns::Name& target);

  /// Octets of the message. Header, flags and OPT are written now.
  std::size_t finish();
  std::uint32_t ttl_least() const noexcept { return ttl_least_; }

 private:
  const LocalQuestion& question_;
  dns::MessageBuilder builder_;
  dns::Rcode rcode_ = dns::Rcode::noerror;
  std::uint32_t ttl_least_ = 0xFFFFFFFFu;
  bool aa_ = true;
};
}  // namespace windlass::auth
