// The messages of an AXFR, each behind its length as on a stream. What is taken for a whole zone
// becomes a RootZone, and whatever that answers is a message that can be read.
#include "dns/message_view.hpp"
#include "resolver/root_copy.hpp"
#include "test/fuzz/oracle.hpp"
#include "validator/zone_digest.hpp"

namespace {
using namespace windlass;
using windlass::fuzz::require;
using Word = resolver::ZoneTransfer::Word;

constexpr std::size_t octets_most = 1u << 20;

void ask(const resolver::RootZone& zone, const dns::Question& question) {
  static std::vector<std::uint8_t> out(65'535);
  const auto octets = zone.answer(question, out);
  if (!octets) return;
  const auto message = dns::MessageView::parse(*octets);
  require(static_cast<bool>(message), "an answer of the copy can be read");
  require(message->question().name == question.name, "it answers its question");
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::span<const std::uint8_t> left(data, size);
  resolver::ZoneTransfer transfer(dns::Name{}, 0, octets_most);
  Word word = Word::more;
  while (word == Word::more && left.size() >= 2) {
    const std::size_t length = std::min<std::size_t>(left[0] << 8 | left[1], left.size() - 2);
    word = transfer.take(left.subspan(2, length));
    left = left.subspan(2 + length);
  }
  require((word == Word::failed) == !transfer.trouble().empty(), "a failure says why");
  if (word != Word::done) return 0;
  auto records = transfer.take_records();
  require(!records.empty() && records.front().type == dns::Type::soa, "a zone begins with its SOA");
  const resolver::RootZone zone(records);
  for (const auto& record : records)
    for (const dns::Type type : {record.type, dns::Type::a, dns::Type::ds}) {
      ask(zone, {record.owner, type, dns::Class::in});
      if (auto below = record.owner.wildcard()) ask(zone, {*below, type, dns::Class::in});
    }
  const std::size_t before = records.size();
  validator::make_canonical(records);
  require(records.size() <= before, "nothing is made up");
  (void)validator::wrong_with_digest(records, dns::Name{});
  return 0;
}
