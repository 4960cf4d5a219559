// Engine: DNS64 (RFC 6147): a request for AAAA that ends without an address goes on for A, within
// the same Budget, and what the client gets is made of both answers.
#include "resolver/engine.hpp"

namespace windlass::resolver {

/// True: the request goes on, for A.
bool Engine::turn_to_a(Request& request) {
  const bool may = request.question.dns64 && !request.native && !request.behind &&
                   !request.budget->spent(now_.mono_us);
  if (!may || !in(request.question.view).dns64.wants_a(request.answer)) return false;
  if (request.ticket != 0) withdraw(request.ticket), await_no_more(request);
  timers_.erase({request.stale_at_us, Due::stale, request.id});
  request.stale_at_us = 0;
  request.native = std::exchange(request.answer, {});
  request.question.type = dns::Type::a;
  request.at = request.question.name;
  request.local = false;
  advance(request);
  return true;
}

/// What the client gets of `answer`.
Answer Engine::translated(const Request& request, Answer answer) {
  if (!request.question.dns64) return answer;
  const Dns64& dns64 = in(request.question.view).dns64;
  if (!request.native) return dns64.without_excluded(std::move(answer));
  Answer joined = dns64.joined(*request.native, std::move(answer), now_.age_ms);
  if (joined.translated) metrics_.count(Metric::dns64_answers_total);
  return joined;
}

/// The same for an answer that was found without waiting; `find` finds the one for A.
bool Engine::translate_at_once(const ClientQuestion& question, Answer& answer,
                               const std::function<bool(const ClientQuestion&, Answer&)>& find) {
  const Dns64& dns64 = in(question.view).dns64;
  if (!dns64.wants_a(answer)) return answer = dns64.without_excluded(std::move(answer)), true;
  ClientQuestion other = question;
  other.type = dns::Type::a;
  other.dns64 = false;
  Answer a;
  if (!find(other, a)) return false;
  answer = dns64.joined(std::move(answer), std::move(a), now_.age_ms);
  if (answer.translated) metrics_.count(Metric::dns64_answers_total);
  return true;
}
}  // namespace windlass::resolver
