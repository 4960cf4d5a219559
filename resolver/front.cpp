#include "resolver/front.hpp"

#include <algorithm>
#include <array>

#include "dns/because.hpp"
#include "dns/rdata.hpp"
#include "validator/denial.hpp"

namespace windlass::resolver {
namespace {
using dns::HeaderView;
using dns::MessageView;
using dns::Rcode;
using dns::Type;

struct Unwanted {
  Rcode rcode;
  dns::Ede ede;
};

/// What a question gets that is none about data; nullopt: it is one. NXNAME: RFC 9824 3.5.
std::optional<Unwanted> unwanted(const dns::Question& question) {
  const Type type = question.type;
  if (type != Type::none && question.klass != dns::Class::in)
    return Unwanted{Rcode::refused, dns::because<Fault::class_other>()};
  if (type == Type::any || !dns::is_meta(type)) return std::nullopt;
  const bool malformed = type == Type::none || type == Type::nxname;
  return Unwanted{malformed ? Rcode::formerr : Rcode::notimp,
                  dns::because<Fault::type_of_no_data>(dns::to_text(type))};
}

unsigned type_index(Type type) {
  constexpr std::array types{Type::a,   Type::aaaa,  Type::ns,   Type::cname,
                             Type::soa, Type::ptr,   Type::mx,   Type::txt,
                             Type::srv, Type::naptr, Type::ds,   Type::dnskey,
                             Type::caa, Type::tlsa,  Type::svcb, Type::https};
  const auto at = std::find(types.begin(), types.end(), type);
  return static_cast<unsigned>(at - types.begin());
}

bool no_records(const HeaderView& header) {
  return header.qdcount() == 0 && header.ancount() == 0 && header.nscount() == 0;
}

unsigned rcode_index(Rcode rcode) {
  if (rcode == Rcode::badvers) return 10;
  return std::min<unsigned>(static_cast<unsigned>(rcode), 11);
}

/// RFC 9824 5: NXDOMAIN is the truth about such a name, but a validator that does not know NXNAME
/// takes it for bogus: whoever asks with DO gets the NOERROR that was signed, unless CO says that
/// NXDOMAIN is understood.
Rcode rcode_for(const ClientQuery& query, const Answer& answer) {
  const bool speaks = answer.rcode == Rcode::noerror || answer.rcode == Rcode::nxdomain;
  if (!speaks || answer.chain.empty() ||
      !validator::denied_by_nxname(answer.chain.back()->evidence))
    return answer.rcode;
  return query.dnssec_ok && !query.compact_ok ? Rcode::noerror : Rcode::nxdomain;
}

ClientQuestion question_of(const ClientQuery& query) {
  ClientQuestion question{query.question.name, query.question.type, query.cd};
  question.dns64 = query.dns64;
  question.view = query.view;
  question.local_only = !query.rd;
  return question;
}

/// Writes the links and what proves them, in section order; stops at the first RRset that does not
/// fit.
class Sections {
 public:
  Sections(dns::MessageBuilder& builder, const ClientQuery& query, const Answer& answer,
           const Now& now)
      : builder_(builder), query_(query), answer_(answer), now_(now) {}

  void write() {
    for (const auto& link : answer_.chain)
      if (!write_data(*link)) return;
    for (const auto& link : answer_.chain)
      if (!write_proofs(*link)) return;
  }

 private:
  bool write_data(const cache::Entry& link) {
    const auto& e = link.evidence;
    if (dns::denies(e.finding)) return true;
    for (const auto& proof : e.proofs)
      if (proof->type() == Type::dname && !put(dns::Section::answer, *proof, link)) return false;
    return !e.rrset || put(dns::Section::answer, *e.rrset, link);
  }

  bool write_proofs(const cache::Entry& link) {
    for (const auto& proof : link.evidence.proofs) {
      const bool wanted =
          proof->type() == Type::soa || (query_.dnssec_ok && proof->type() != Type::dname);
      if (wanted && is_new(*proof) && !put(dns::Section::authority, *proof, link)) return false;
    }
    return true;
  }

  bool put(dns::Section section, const dns::RRset& rrset, const cache::Entry& link) {
    return builder_.add(section, rrset, ttl_of(link, rrset, now_.age_ms), query_.dnssec_ok);
  }

  /// Links of one alias chain rest on the same proofs, more often than not: each is sent once.
  bool is_new(const dns::RRset& proof) {
    const auto same = [&](const dns::RRset* sent) {
      return sent == &proof || (sent->type() == proof.type() && sent->owner() == proof.owner());
    };
    if (std::any_of(sent_.begin(), sent_.begin() + sent_count_, same)) return false;
    if (sent_count_ < sent_.size()) sent_[sent_count_++] = &proof;
    return true;
  }

  dns::MessageBuilder& builder_;
  const ClientQuery& query_;
  const Answer& answer_;
  const Now& now_;
  std::array<const dns::RRset*, 64> sent_;  ///< proofs; further ones may be sent again
  std::size_t sent_count_ = 0;
};

}  // namespace

std::string summary(const dns::Question& question) {
  return question.name.to_text() + " " + dns::to_text(question.type);
}

std::string summary(const BogusAction& bogus) {
  return summary(bogus.key) + " is bogus in the zone " + bogus.zone.to_text() + ", EDE " +
         dns::to_text(bogus.ede);
}

std::string summary(const dns::Question& question, const Answer& answer) {
  std::string line = summary(question) + ": " + dns::to_text(answer.rcode) + ", " +
                     std::string(cache::name_of(answer.security));
  if (answer.ede) line += ", EDE " + dns::to_text(*answer.ede);
  return line + ", " + std::to_string(answer.upstream_queries) + " upstream queries";
}

std::size_t Front::limit_octets(const ClientQuery& query) const {
  if (query.stream) return 65'535;
  const auto ours = static_cast<std::size_t>(engine_.limits()[Limit::edns_size]);
  return std::clamp<std::size_t>(query.payload_octets, 512, std::max<std::size_t>(ours, 512));
}

Front::Taken Front::take(std::span<const std::uint8_t> message, bool stream, bool family6,
                         const FrontOptions& options, const Now& now, std::span<std::uint8_t> out,
                         ClientQuery& query) {
  query.stream = stream;
  query.family6 = family6;
  query.started_us = now.mono_us;
  const auto drop = [&](Drop reason) {
    metrics_.count(Metric::queries_dropped_total, static_cast<unsigned>(reason));
    return Taken{};
  };
  metrics_.count(Metric::queries_total, stream ? 1 : 0, family6 ? 1 : 0);
  const auto header = HeaderView::parse(message);
  if (!header || header->qr()) return drop(Drop::malformed);
  query.id = header->id();
  query.rd = header->rd();
  query.cd = header->cd();
  query.ad = header->ad();
  const auto answer = [&](Rcode rcode, const dns::Ede* ede = nullptr) {
    return Taken{Fate::answered, refuse(query, rcode, out, ede)};
  };
  query.opcode = header->opcode();
  const auto view = MessageView::parse(message);
  if (view && header->qdcount() == 1) query.question = view->question();
  if (query.opcode != dns::Opcode::query) return answer(Rcode::notimp);
  // Asks for nothing but a cookie (RFC 7873 5.4).
  const bool no_question = view && no_records(*header) && view->opt() &&
                           dns::find_option(*view->opt(), dns::Option::cookie);
  if (!no_question && (header->qdcount() != 1 || header->ancount() != 0 || header->nscount() > 1))
    return answer(Rcode::formerr);
  // The SOA that the asker of an IXFR has stands behind its question (RFC 1995 3).
  if (!view || (header->nscount() == 1 && view->question().type != Type::ixfr))
    return answer(Rcode::formerr);
  if (!no_question) metrics_.count(Metric::queries_by_type_total, type_index(query.question.type));
  if (options.peer) query.client = options.peer->address;
  if (options.peer) query.view = engine_.views().of(options.peer->address);
  if (const auto opt = view->opt())
    if (const auto odd = read_opt(*opt, options, now, query)) return answer(*odd);
  if (auto taken = over_rate(query, now, out)) return *std::move(taken);
  if (!options.allowed) {
    metrics_.count(Metric::queries_dropped_total, static_cast<unsigned>(Drop::acl));
    static const dns::Ede prohibited = dns::because<Fault::not_allowed>();
    return answer(Rcode::refused, &prohibited);
  }
  if (no_question)
    return answer(query.cookie_kind == CookieKind::none ? Rcode::formerr : Rcode::noerror);
  if (auto taken = transfer(query, message, options, now, out)) return *std::move(taken);
  if (auto taken = identify(query, out)) return *std::move(taken);
  if (const auto why = unwanted(query.question)) return answer(why->rcode, &why->ede);
  const IpAddress* client = options.peer ? &options.peer->address : nullptr;
  query.dns64 =
      engine_.in(query.view).dns64.serves(client, query.question.type, query.cd, query.dnssec_ok);
  if (auto taken = ask_local(query, message, options, now, out)) return *std::move(taken);
  return resolve(query, options, now, out);
}

Front::Taken Front::resolve(const ClientQuery& query, const FrontOptions& options, const Now& now,
                            std::span<std::uint8_t> out) {
  const ClientQuestion question = question_of(query);
  Answer cached;
  if (query.rd || options.snoop_allowed || engine_.answers_here(question, now)) {
    if (engine_.answer_from_cache(question, now, cached)) {
      if (cached.near_end && query.rd && !overloaded(question, options))
        engine_.prefetch(question, cached, now);
      return {Fate::answered, respond(query, cached, now, out)};
    }
  }
  if (!query.rd) {
    static const dns::Ede no_recursion = dns::because<Fault::not_cached>();
    return {Fate::answered, refuse(query, Rcode::refused, out, &no_recursion)};
  }
  if (const auto bound = overloaded(question, options)) {
    if (!engine_.answer_stale(question, now, overload_reason(*bound).text, cached))
      return {Fate::answered, overload(query, *bound, out)};
    return {Fate::answered, respond(query, cached, now, out)};
  }
  return begin(query, LocalWord{}, options, now, out);
}

/// The bound that stands in the way of another recursion; nullopt: none. Where no more may begin,
/// as many again may still join what is under way.
std::optional<Limit> Front::overloaded(const ClientQuestion& question,
                                       const FrontOptions& options) const {
  const auto most = static_cast<std::size_t>(engine_.limits()[Limit::inflight]);
  const std::size_t waiting = engine_.requests();
  if (waiting >= most && (waiting >= 2 * most || !engine_.awaits(question))) return Limit::inflight;
  return options.may_wait ? std::nullopt : std::optional(Limit::client_inflight);
}

dns::Ede Front::overload_reason(Limit limit) const {
  return dns::because<Fault::overloaded>(row_of(limit).key,
                                         std::to_string(engine_.limits()[limit]));
}

Front::Taken Front::begin(const ClientQuery& query, std::optional<LocalWord> start,
                          const FrontOptions& options, const Now& now,
                          std::span<std::uint8_t> out) {
  const ClientQuestion question = question_of(query);
  if (const auto bound = overloaded(question, options))
    return {Fate::answered, overload(query, *bound, out)};
  return {Fate::later, {}, engine_.begin(question, now, std::move(start))};
}

/// As many wait as may: what the cache does not hold has to be asked again later.
std::span<const std::uint8_t> Front::overload(const ClientQuery& query, Limit limit,
                                              std::span<std::uint8_t> out) {
  count_drop(Drop::overload, limit);
  const dns::Ede ede = overload_reason(limit);
  return refuse(query, Rcode::servfail, out, &ede);
}

std::span<const std::uint8_t> Front::refuse(const ClientQuery& query, Rcode rcode,
                                            std::span<std::uint8_t> out, const dns::Ede* ede,
                                            bool truncated) {
  dns::MessageBuilder builder(out, limit_octets(query));
  builder.header({.id = query.id,
                  .qr = true,
                  .rd = query.rd,
                  .ra = true,
                  .cd = query.cd,
                  .opcode = query.opcode,
                  .rcode = rcode});
  if (query.question.type != Type::none || rcode == Rcode::badvers)
    builder.question(query.question);
  if (query.edns) builder.opt(opt_spec(query, rcode, ede));
  if (truncated) builder.truncate();
  const auto message = builder.finish();
  count(query, rcode, query.edns ? ede : nullptr, message.size());
  return message;
}

std::span<const std::uint8_t> Front::respond(const ClientQuery& query, const Answer& answer,
                                             const Now& now, std::span<std::uint8_t> out) {
  if (is_late(query, now)) return {};
  dns::MessageBuilder builder(out, limit_octets(query));
  const bool proven = answer.security == cache::Security::secure && !answer.chain.empty();
  // What DNS64 made is called so to those alone who know of signatures (RFC 6147 5.5).
  const bool secure = proven && (!answer.translated || query.dnssec_ok);
  const Rcode rcode = rcode_for(query, answer);
  const bool speaks =
      rcode == Rcode::noerror || rcode == Rcode::nxdomain || rcode == Rcode::yxdomain;
  builder.header({.id = query.id,
                  .qr = true,
                  .aa = answer.authoritative && speaks,
                  .rd = query.rd,
                  .ra = true,
                  .ad = secure && !query.cd && (query.ad || query.dnssec_ok),
                  .cd = query.cd,
                  .rcode = rcode});
  builder.question(query.question);
  const dns::Ede* ede = answer.ede ? &*answer.ede : nullptr;
  if (query.edns) builder.opt(opt_spec(query, rcode, ede));
  if (speaks) Sections(builder, query, answer, now).write();
  const auto message = builder.finish();
  count(query, rcode, query.edns ? ede : nullptr, message.size());
  count_source(query, answer.source, now);
  return message;
}

void Front::count_source(const ClientQuery& query, Source source, const Now& now) {
  const auto label = static_cast<unsigned>(source);
  metrics_.count(Metric::response_source_total, label);
  if (source == Source::stale) metrics_.count(Metric::cache_stale_served_total);
  metrics_.observe(Metric::response_duration_seconds,
                   static_cast<double>(now.mono_us - query.started_us) * 1e-6, label);
}

void Front::count(const ClientQuery& query, Rcode rcode, const dns::Ede* ede, std::size_t octets) {
  const unsigned proto = query.stream ? 1 : 0;
  metrics_.count(Metric::responses_total, rcode_index(rcode), proto);
  metrics_.observe(Metric::response_size_bytes, static_cast<double>(octets), proto);
  if (ede) metrics_.count(Metric::ede_total, static_cast<unsigned>(ede->code));
}
}  // namespace windlass::resolver
