// Engine: local zones: what they say along aliases and of servers' names, and how a question below
// a local delegation finds its realm.
#include <algorithm>
#include <array>

#include "dns/because.hpp"
#include "dns/message_builder.hpp"
#include "resolver/engine.hpp"

namespace windlass::resolver {

/// Of what belongs to nobody alone the engine's own settings decide.
const View& Engine::view_of(const Resolution& r) const noexcept {
  return r.key.partition == 0 ? views_.nobody() : in(r.view);
}

bool Engine::sees_local(const View& view, const dns::Name& name) const {
  if (local_ == nullptr || !local_->covers(name)) return false;
  return !view.local_zones || view.sees_local(name.suffix(local_->zone_labels(name)));
}

/// With DO: signatures, and the DS of a referral, come only so (RFC 4035 3.1.4.1).
LocalWord Engine::ask_local(const View& view, const dns::Name& name, dns::Type type) {
  if (!sees_local(view, name)) return {};
  constexpr std::size_t most = 65'535;
  local_out_.resize(most);
  std::array<std::uint8_t, 512> query{};
  dns::MessageBuilder builder(query, query.size());
  const dns::Question question{name, type, dns::Class::in};
  builder.header({.id = rng_.u16(), .rd = true});
  builder.question(question);
  builder.opt({.payload_octets = most, .dnssec_ok = true});
  LocalZones::Reply reply;
  const auto verdict = local_->answer({builder.finish(), most}, local_out_, reply);
  LocalWord word = read_local(verdict, std::span(local_out_).first(reply.written), &reply.next,
                              question, *settings_.resolver, view.scope);
  hide_local(view, word);
  local_->end_batch();
  return word;
}

void Engine::trace_local(Request& request, const LocalWord& word) const {
  if (!request.trace || word.kind == LocalWord::Kind::outside) return;
  std::string result = word.why;
  if (word.kind == LocalWord::Kind::links)
    result = word.links.back()->evidence.alias_for(request.question.type) ? "alias" : "answer";
  if (word.realm)
    result = "referral to " + word.realm->realm.delegation->cut.to_text() +
             (word.realm->ds.empty() ? " (no DS)" : " (signed)");
  request.trace->steps.push_back({"", "local zone",
                                  request.at.to_text() + " " + dns::to_text(request.question.type),
                                  0, result, 0});
}

/// Takes the links of a local zone. True: the answer is complete (or failed); false: go on at
/// request.at.
bool Engine::advance_locally(Request& request, LocalWord& word) {
  if (word.kind == LocalWord::Kind::failed) {
    fail(request, {nullptr, Failure::overload,
                   dns::because<Fault::local_zone>(request.at.to_text(), word.why)});
    return true;
  }
  if (request.answer.chain.empty()) request.answer.authoritative = true;
  for (const cache::EntryPtr& link : word.links)
    if (use(request, link)) return true;
  return false;
}

/// An alias may lead from one local zone into another, which is not there for this view's clients.
void Engine::hide_local(const View& view, LocalWord& word) const {
  if (!view.local_zones) return;
  const auto hidden = [&](const cache::EntryPtr& link) {
    return !sees_local(view, link->evidence.name);
  };
  word.links.erase(std::find_if(word.links.begin(), word.links.end(), hidden), word.links.end());
}

/// The question as sub-question of `r`: below a local delegation it stays there.
Key Engine::key_in(const Resolution& r, const dns::Name& name, dns::Type type) const {
  if (r.realm && r.realm->holds(name, type)) return {name, type, r.key.partition};
  return key_of(view_of(r), name, type);
}

Engine::Pending Engine::sub_of(const Resolution& r, const Key& key) const {
  const bool inside = key.partition == r.key.partition;
  Pending sub{Pending::For::resolution, r.id, key, 0, 0, inside ? r.realm : nullptr};
  if (r.key.partition != 0) sub.view = r.view;
  return sub;
}

validator::TrustAnchors::Ptr Engine::anchors_in(const Resolution& r) const {
  const auto& base = r.trace && r.trace->anchors ? r.trace->anchors : anchors_;
  return r.realm ? r.realm->anchors(*base) : base;
}

/// How to learn the address of a server; nullopt: nothing need be asked, what is known is taken.
std::optional<Engine::Pending> Engine::sub_for_server(Resolution& r, const dns::Name& name,
                                                      dns::Type type) {
  const LocalWord word = ask_local(view_of(r), name, type);
  if (word.kind == LocalWord::Kind::links)
    return on_address(r, {word.links.back(), Failure::none, std::nullopt}), std::nullopt;
  if (word.kind == LocalWord::Kind::failed) {
    on_address(
        r, {nullptr, Failure::overload, dns::because<Fault::local_zone>(name.to_text(), word.why)});
    return std::nullopt;
  }
  Pending sub = sub_of(r, key_in(r, name, type));
  if (word.realm) {
    sub.key.partition = word.realm->realm.partition;
    sub.realm = word.realm;
  }
  const cache::EntryPtr entry = r.trace ? nullptr : cached(sub.key);
  if (!entry) return sub;
  on_address(r, {entry, Failure::none, std::nullopt});
  return std::nullopt;
}
}  // namespace windlass::resolver
