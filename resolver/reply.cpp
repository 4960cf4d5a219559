#include "resolver/reply.hpp"

#include <algorithm>
#include <array>

#include "dns/rdata.hpp"

namespace windlass::resolver {
namespace {
using dns::Evidence;
using dns::Finding;
using dns::MessageView;
using dns::Name;
using dns::Rcode;
using dns::RecordView;
using dns::RRsetBuilder;
using dns::RRsetPtr;
using dns::Section;
using dns::Type;

/// One section's RRsets within bailiwick, signatures joined to what they cover.
class RRsets {
 public:
  /// When RRSIG itself is asked for (`wanted`), signatures are data.
  RRsets(const MessageView& message, Section section, const ReplyContext& context,
         Type wanted = Type::none)
      : wanted_(wanted) {
    for (const RecordView record : message.records(section)) take(record, context);
    for (auto& builder : builders_)
      if (!builder.empty()) sets_.push_back(builder.build());
    std::erase_if(sets_, [](auto& set) { return set->rdata().empty(); });  // signatures of nothing
  }
  /// What was expected instead of an RRset or a section over its limit; nullptr: none is.
  const char* expected() const { return expected_; }
  const std::vector<RRsetPtr>& all() const { return sets_; }
  /// ANY finds the first RRset of the name.
  RRsetPtr find(const Name& owner, Type type) const {
    const auto at = std::find_if(sets_.begin(), sets_.end(), [&](auto& s) {
      return (s->type() == type || type == Type::any) && s->owner() == owner;
    });
    return at == sets_.end() ? nullptr : *at;
  }

 private:
  void take(const RecordView& record, const ReplyContext& context) {
    if (record.klass() != dns::Class::in || dns::is_meta(record.type())) return;
    const Name owner = record.owner();
    if (!owner.is_at_or_below(context.zone)) return;
    Type type = record.type();
    if (type == Type::rrsig && wanted_ == Type::rrsig) return take_signature(owner, record);
    if (type == Type::rrsig) {
      if (record.rdata_octets < 2) return;
      const auto rdata = record.raw_rdata();
      type = static_cast<Type>(dns::word16(rdata, 0));
    }
    if (expected_ != nullptr) return;
    note(builder_for(owner, type).add(record));
    if (builders_.size() > static_cast<std::size_t>(context.limits[Limit::rrsets_per_section]))
      expected_ = "fewer RRsets in a section (limit rrsets_per_section)";
  }
  void take_signature(const Name& owner, const RecordView& record) {
    std::array<std::uint8_t, 4096> rdata{};
    const auto size = record.expand_rdata(rdata);
    if (!size)
      expected_ = size.error().expected;
    else
      note(builder_for(owner, Type::rrsig).add(std::span(rdata).first(*size), record.ttl));
  }
  void note(const Status& added) {
    if (!added) expected_ = added.error().expected;
  }
  RRsetBuilder& builder_for(const Name& owner, Type type) {
    const auto at = std::find_if(builders_.begin(), builders_.end(),
                                 [&](auto& b) { return b.type() == type && b.owner() == owner; });
    if (at != builders_.end()) return *at;
    return builders_.emplace_back(owner, type);
  }
  Type wanted_;
  std::vector<RRsetBuilder> builders_;
  std::vector<RRsetPtr> sets_;
  const char* expected_ = nullptr;
};

bool is_denial(const RRsetPtr& set) {
  return set->type() == Type::nsec || set->type() == Type::nsec3;
}

/// RRSIG labels fewer than the owner's: the data was made from a wildcard (RFC 4035 5.3.4).
bool expanded(const dns::RRset& set) {
  for (const auto rdata : set.signatures())
    if (const auto sig = dns::RrsigView::parse(rdata);
        sig && (*sig).labels < set.owner().label_count())
      return true;
  return false;
}

class Reader {
 public:
  Reader(const MessageView& message, const Name& name, Type type, const ReplyContext& context)
      : message_(message),
        name_(name),
        type_(type),
        context_(context),
        answer_(message, Section::answer, context, type),
        authority_(message, Section::authority, context) {
    reply_.rcode = message.rcode();
    reply_.authoritative = message.header().aa();
  }

  Reply read() {
    for (const char* expected : {answer_.expected(), authority_.expected()})
      if (expected != nullptr) return reply_.expected = expected, end(ReplyKind::malformed);
    const bool speaks = reply_.rcode == Rcode::noerror || reply_.rcode == Rcode::nxdomain ||
                        (reply_.rcode == Rcode::yxdomain && !answer_.all().empty());
    if (!speaks) return end(ReplyKind::refused);
    if (follow_chain()) return end(ReplyKind::answer);
    if (reply_.rcode == Rcode::yxdomain) return end(ReplyKind::refused);  // nothing shows why
    if (reply_.rcode == Rcode::noerror && referral()) return end(ReplyKind::referral);
    if (!denial_believable()) return end(ReplyKind::lame);
    deny(name_);
    return end(ReplyKind::answer);
  }

 private:
  Reply end(ReplyKind kind) {
    reply_.kind = kind;
    return std::move(reply_);
  }

  /// Links from the question's name through the answer section. False: nothing about the name
  /// stands there.
  bool follow_chain() {
    Name at = name_;
    for (std::size_t hop = 0; hop <= answer_.all().size(); ++hop) {
      if (!at.is_at_or_below(context_.zone)) return true;  // another zone's business
      if (!dname_above(at))
        if (auto data = answer_.find(at, type_)) return push(at, data, {}), true;
      const auto next = alias(at);
      if (!next && too_long()) return true;
      if (!next) break;
      if (type_ == Type::cname) return true;  // the synthesised alias is the answer
      if (already(*next)) return true;        // a loop: the request's hop limit ends it
      at = *next;
    }
    if (reply_.evidence.empty()) return false;
    if (has_soa() || reply_.rcode == Rcode::nxdomain) deny(at);
    return true;
  }

  bool too_long() const {
    return !reply_.evidence.empty() && reply_.evidence.back().finding == Finding::yxdomain;
  }

  bool already(const Name& name) const {
    return std::any_of(reply_.evidence.begin(), reply_.evidence.end(),
                       [&](auto& e) { return e.name == name; });
  }

  /// The alias standing at `at`: a CNAME, or one made from a DNAME above it (RFC 6672 2.3).
  std::optional<Name> alias(const Name& at) {
    if (auto dname = dname_above(at)) return synthesise(at, dname);
    const auto cname = answer_.find(at, Type::cname);
    if (!cname || type_ == Type::cname) return std::nullopt;
    push(at, cname, {});
    const auto target = dns::name_of(cname->rdata().front());
    return target ? std::optional(*target) : std::nullopt;
  }

  RRsetPtr dname_above(const Name& at) const {
    for (const auto& set : answer_.all())
      if (set->type() == Type::dname && at.is_below(set->owner())) return set;
    return nullptr;
  }

  std::optional<Name> synthesise(const Name& at, const RRsetPtr& dname) {
    const auto to = dns::name_of(dname->rdata().front());
    if (!to) return std::nullopt;
    const auto target = at.rebased(dname->owner(), *to);
    if (!target) {
      reply_.ttls.push_back(dname->ttl());
      reply_.evidence.push_back(
          {at, Type::cname, Finding::yxdomain, nullptr, {dname}, context_.zone});
      return std::nullopt;
    }
    RRsetBuilder cname(at, Type::cname);
    (void)cname.add((*target).wire(), dname->ttl());
    push(at, cname.build(), {dname});
    return *target;
  }

  void push(const Name& name, const RRsetPtr& data, std::vector<RRsetPtr> proofs) {
    if (proofs.empty() && expanded(*data))
      for (const auto& set : authority_.all())
        if (is_denial(set)) proofs.push_back(set);
    reply_.ttls.push_back(least_ttl(data->ttl(), proofs));
    reply_.evidence.push_back(
        {name, data->type(), Finding::positive, data, std::move(proofs), context_.zone});
  }

  static std::uint32_t least_ttl(std::uint32_t ttl, const std::vector<RRsetPtr>& proofs) {
    for (const auto& set : proofs) ttl = std::min(ttl, set->ttl());
    return ttl;
  }

  bool has_soa() const {
    return std::any_of(authority_.all().begin(), authority_.all().end(),
                       [](auto& s) { return s->type() == Type::soa; });
  }

  /// A denial needs the zone's own word: AA, or a SOA from a server that recurses for us.
  bool denial_believable() const {
    const bool refers = std::any_of(authority_.all().begin(), authority_.all().end(),
                                    [](auto& s) { return s->type() == Type::ns; });
    return reply_.rcode == Rcode::nxdomain || has_soa() || reply_.authoritative ||
           (context_.forwarded && !refers);
  }

  void deny(const Name& at) {
    Evidence e{
        at,      type_, reply_.rcode == Rcode::nxdomain ? Finding::nxdomain : Finding::nodata,
        nullptr, {},    context_.zone};
    std::uint32_t ttl = 0;
    for (const auto& set : authority_.all()) {
      if (set->type() != Type::soa && !is_denial(set)) continue;
      if (set->type() == Type::soa) {
        if (!at.is_at_or_below(set->owner())) continue;
        const auto soa = dns::SoaView::parse(set->rdata().front());
        if (soa) ttl = std::min(set->ttl(), (*soa).minimum);
      }
      e.proofs.push_back(set);
    }
    reply_.ttls.push_back(ttl);
    reply_.evidence.push_back(std::move(e));
  }

  // Referrals

  RRsetPtr referral_ns() const {
    for (const auto& set : authority_.all()) {
      if (set->type() != Type::ns || set->rdata().empty()) continue;
      const Name cut = set->owner();
      const bool below = cut.is_below(context_.zone) && name_.is_at_or_below(cut);
      if (below && !(type_ == Type::ds && cut == name_)) return set;
    }
    return nullptr;
  }

  bool referral() {
    if (context_.forwarded || has_soa()) return false;
    const auto ns = referral_ns();
    if (!ns) return false;
    reply_.cut = ns->owner();
    reply_.delegation_ttl = ns->ttl();
    reply_.servers = servers_of(*ns, message_, context_);
    security_of_child();
    return true;
  }

  void security_of_child() {
    Evidence e{reply_.cut, Type::ds,     Finding::positive, authority_.find(reply_.cut, Type::ds),
               {},         context_.zone};
    std::uint32_t ttl = reply_.delegation_ttl;
    if (e.rrset) {
      reply_.signed_child = !e.rrset->rdata().empty();
      ttl = std::min(ttl, e.rrset->ttl());
    } else {
      e.finding = Finding::nodata;
      for (const auto& set : authority_.all())
        if (is_denial(set)) e.proofs.push_back(set), ttl = std::min(ttl, set->ttl());
      if (e.proofs.empty()) return;
    }
    if (e.rrset && e.rrset->rdata().empty()) return;
    reply_.evidence.push_back(std::move(e));
    reply_.ttls.push_back(ttl);
  }

 public:
  static std::vector<cache::NameServer> servers_of(const dns::RRset& ns, const MessageView& message,
                                                   const ReplyContext& context) {
    std::vector<cache::NameServer> servers;
    const auto most = static_cast<std::size_t>(context.limits[Limit::nameservers]);
    for (const auto rdata : ns.rdata()) {
      if (servers.size() == most) break;
      if (auto name = dns::name_of(rdata)) servers.push_back({*name, {}});
    }
    for (const RecordView record : message.records(Section::additional))
      add_glue(servers, record, context);
    return servers;
  }

 private:
  static void add_glue(std::vector<cache::NameServer>& servers, const RecordView& record,
                       const ReplyContext& context) {
    if (record.type() != Type::a && record.type() != Type::aaaa) return;
    const Name owner = record.owner();
    if (!owner.is_at_or_below(context.zone)) return;
    const auto address = dns::address_of(record.type(), record.raw_rdata());
    const auto most = static_cast<std::size_t>(context.limits[Limit::addresses_per_nameserver]);
    for (auto& server : servers)
      if (address && server.name == owner && server.endpoints.size() < most)
        server.endpoints.push_back({*address, context.upstream_port});
  }

  const MessageView& message_;
  const Name& name_;
  Type type_;
  const ReplyContext& context_;
  RRsets answer_, authority_;
  Reply reply_;
};
}  // namespace

Reply read_reply(const MessageView& message, const Name& name, Type type,
                 const ReplyContext& context) {
  return Reader(message, name, type, context).read();
}

std::vector<cache::NameServer> priming_servers(const MessageView& message,
                                               const ReplyContext& context) {
  const RRsets answer(message, Section::answer, context);
  const auto ns = answer.find(Name{}, Type::ns);
  return ns ? Reader::servers_of(*ns, message, context) : std::vector<cache::NameServer>{};
}
}  // namespace windlass::resolver
