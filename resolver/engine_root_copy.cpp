// Engine: the root's servers have a stand-in, a verified copy of the root zone (RFC 8806).
//
// It is asked before them, costs no question, and what it says is read and judged as their word.
// Where that is of no use, or turns out bogus, they are asked as if there were no copy.
#include "resolver/engine.hpp"

namespace windlass::resolver {

/// True: the Resolution has gone on, by the copy's word.
bool Engine::ask_root_copy(Resolution& r) {
  const bool to_be_heard = r.apart && !r.trace;
  const bool usable = root_copy_ && now_.age_ms < root_copy_->expires_age_ms && !r.past_copy &&
                      !r.doubt && !r.realm && !to_be_heard && r.delegation->cut.is_root() &&
                      !r.delegation->by_operator();
  if (!usable) return false;
  const dns::Question question = asked(r);
  root_out_.resize(65'535);
  const auto octets = root_copy_->zone->answer(question, root_out_);
  const auto message = dns::MessageView::parse(octets.value_or(std::span<const std::uint8_t>()));
  Reply reply;
  if (message)
    reply = read_reply(
        *message, question.name, question.type,
        {dns::Name{}, false, settings_.resolver->upstream_port, settings_.resolver->limits});
  const bool answers = reply.kind == ReplyKind::answer;
  r.past_copy = !answers && reply.kind != ReplyKind::referral;
  if (r.past_copy) return false;
  r.last_server.reset();
  r.from_copy = true;
  metrics_.count(Metric::root_copy_answers_total);
  if (r.trace)
    r.trace->steps.push_back(
        {".", "local root zone, serial " + std::to_string(root_copy_->zone->serial()),
         question.name.to_text() + " " + dns::to_text(question.type), 0,
         answers ? dns::to_text(reply.rcode) : "referral to " + reply.cut.to_text(), r.depth});
  if (!answers) return take_referral(r, reply), true;
  if (question.name.is_root() && question.type == dns::Type::ns && r.key.partition == 0)
    store_root(r, *message);
  return is_probe(r, question) ? take_probe(r, reply) : take_answer(r, reply), true;
}

/// Its word was bogus: whatever the reason, the servers' is heard before the client's is given.
bool Engine::ask_past_copy(Resolution& r, const Ruling& ruling) {
  if (!r.from_copy || r.past_copy) return false;
  r.past_copy = true;
  r.from_copy = false;
  r.standing = ruling;
  r.validation.reset();
  r.entry = nullptr;
  r.last_trouble = ruling.verdict.ede;
  go(r, State::select);
  return true;
}
}  // namespace windlass::resolver
