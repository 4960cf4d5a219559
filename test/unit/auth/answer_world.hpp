#pragma once
/// Zones given as text -> serve.mdb in a folder of its own -> answer(), and what it says as text.
#include <string>
#include <string_view>
#include <vector>

#include "auth-plugin/answer/answer.hpp"
#include "auth-plugin/write/serve.hpp"
namespace windlass::test {

struct Ask {
  bool edns = true, dnssec_ok = false, rd = false, cd = false, stream = false;
  std::size_t octets_max = 1232;
  auth::AnswerOptions options{};
};

class AnswerWorld {
 public:
  AnswerWorld();
  ~AnswerWorld();
  /// Before the first question. Fails the test when the text is no zone.
  void add(std::string_view zone, std::string_view text);

  /// "www.example.org. A". The octets live until the next question.
  dns::MessageView ask(std::string_view question, const Ask& how = {});
  /// What answer() says of it, which need not be a message.
  const auth::Spoken& tell(std::string_view question, const Ask& how);
  /// The answer as text: "NOERROR aa tc | answer | authority | additional", each section its
  /// records in the order of the message, "; " between them: "www.example.org. 3600 A 192.0.2.1".
  std::string said(std::string_view question, const Ask& how = {});
  /// Of the last question.
  auth::Spoken spoken;

  auth::ServeReader& reader();
  const auth::ZoneMap& zones();
  auth::ServeTables& tables() { return *tables_; }

 private:
  void start();
  std::string folder_;
  std::unique_ptr<auth::ServeTables> tables_;
  std::vector<auth::ZoneFacts> facts_;
  std::unique_ptr<auth::ZoneMap> zones_;
  std::unique_ptr<auth::ServeReader> reader_;
  std::vector<std::uint8_t> out_;
};

dns::Question question_of(std::string_view text);
/// Records of one section, "owner TTL type rdata" each; RRSIGs as "RRSIG(type)" without rdata.
std::vector<std::string> lines_of(const dns::MessageView& view, dns::Section section);

extern const std::string_view example_org, example_com, secure_example_org;  ///< not signed
extern const std::string_view example_org_nsec, example_org_nsec3, example_org_optout;
}  // namespace windlass::test
