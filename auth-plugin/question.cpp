#include "auth-plugin/question.hpp"

#include "dns/rdata.hpp"

namespace windlass::auth {
namespace {
Octets message_of(const windlass_query& query) noexcept {
  return {query.message, query.message_octets};
}

}  // namespace

LocalQuestion read_question(const windlass_query& query, std::size_t octets_max) noexcept {
  LocalQuestion out;
  const auto header = dns::HeaderView::parse(message_of(query));
  if (!header) return out;
  out.id = header->id();
  out.rd = header->rd();
  out.cd = header->cd();
  out.question.name = dns::Name::from_proven({query.name, query.name_octets});
  out.question.type = static_cast<dns::Type>(query.type);
  out.question.klass = static_cast<dns::Class>(query.klass);
  out.stream = (query.flags & WINDLASS_QUERY_STREAM) != 0;
  out.octets_max = octets_max;
  if (header->arcount() == 0) return out;
  const auto view = dns::MessageView::parse(message_of(query));
  const auto opt = view ? view->opt() : std::nullopt;
  out.edns = opt.has_value();
  out.dnssec_ok = opt && opt->dnssec_ok;
  return out;
}

TransferExtras read_transfer_extras(const windlass_query& query) noexcept {
  TransferExtras out;
  const auto view = dns::MessageView::parse(message_of(query));
  if (!view) return out;
  for (const dns::RecordView record : view->records(dns::Section::additional))
    out.has_tsig = out.has_tsig || record.type() == dns::Type::tsig;
  constexpr std::size_t behind_serial = 16;  // refresh, retry, expire, minimum
  for (const dns::RecordView record : view->records(dns::Section::authority)) {
    const Octets rdata = record.raw_rdata();
    if (record.type() == dns::Type::soa && rdata.size() >= behind_serial + 4)
      out.serial = dns::word32(rdata, rdata.size() - behind_serial - 4);
  }
  return out;
}

std::size_t put_refusal(const LocalQuestion& question, dns::Rcode rcode, const dns::Ede* ede,
                        std::span<std::uint8_t> out) noexcept {
  dns::MessageBuilder message(out, std::min<std::size_t>(question.octets_max, out.size()));
  dns::HeaderSpec header;
  header.id = question.id;
  header.qr = true;
  header.rd = question.rd;
  header.cd = question.cd;
  header.rcode = rcode;
  message.header(header);
  message.question(question.question);
  dns::OptSpec opt;
  opt.dnssec_ok = question.dnssec_ok;
  opt.ede = ede;
  if (question.edns) message.opt(opt);
  return message.finish().size();
}
}  // namespace windlass::auth
