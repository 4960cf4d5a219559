#include "test/scenario/script_local.hpp"

#include <algorithm>
#include <array>
#include <iostream>

#include "dns/rdata.hpp"

namespace windlass::scenario {
namespace {
constexpr std::array<std::string_view, 7> verdict_names{"not mine", "done", "referral", "chase",
                                                        "pending",  "drop", "error"};
}

ScriptLocal::Held ScriptLocal::closest(const dns::Name& name) const {
  Held best{};
  for (const Held& held : zones_) {
    const auto& [script, zone] = held;
    if (step_ < script->from || step_ > script->to || !name.is_at_or_below(zone->apex())) continue;
    if (!best.second || zone->apex().is_below(best.second->apex())) best = held;
  }
  return best;
}

/// Where the aliases end: nowhere in this zone is a chase.
resolver::LocalZones::Verdict ScriptLocal::judge(const test::Response& response,
                                                 const dns::Question& question,
                                                 dns::Name& next) const {
  if (!response.aa) return Verdict::referral;
  if (response.answer.empty() || response.rcode != dns::Rcode::noerror) return Verdict::done;
  const dns::RRset& last = *response.answer.back();
  if (last.type() != dns::Type::cname || question.type == dns::Type::cname) return Verdict::done;
  const auto target = dns::name_of(last.rdata().front());
  if (!target || !response.authority.empty()) return Verdict::done;
  next = *target;
  return Verdict::chase;
}

resolver::LocalZones::Verdict ScriptLocal::answer(const Query& query, std::span<std::uint8_t> out,
                                                  Reply& reply) {
  const auto asked = test::decode(query.message);
  if (!asked) return Verdict::not_mine;
  const auto [script, zone] = closest(asked->question.name);
  if (!zone) return Verdict::not_mine;
  auto response = zone->answer(asked->question.name, asked->question.type);
  if (!asked->dnssec_ok)  // only who understands it gets the DS (RFC 4035 3.1.4.1)
    std::erase_if(response.authority, [](auto& set) { return set->type() == dns::Type::ds; });
  const Verdict verdict =
      script->broken ? Verdict::error : judge(response, asked->question, reply.next);
  if (verbose_)
    std::cerr << "    local zone " << zone->apex().to_text() << " "
              << asked->question.name.to_text() << " " << dns::to_text(asked->question.type)
              << " -> " << verdict_names[static_cast<std::size_t>(verdict)] << "\n";
  const auto message = test::write_response(*asked, response, query.limit_octets > 4096);
  std::copy(message.begin(), message.end(), out.begin());
  reply.written = message.size();
  return verdict;
}
}  // namespace windlass::scenario
