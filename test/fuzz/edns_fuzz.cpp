// The input is the options of an OPT. A message with it is accepted exactly when the options fill
// their space and are not too many; what is found in them is found again after it was written anew.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "dns/edns.hpp"
#include "dns/message_builder.hpp"
#include "dns/message_view.hpp"
#include "test/fuzz/oracle.hpp"

namespace {
using namespace windlass::dns;
using windlass::fuzz::Octets;
using windlass::fuzz::require;

constexpr std::size_t head_octets = 12 + 11;  // header, and an OPT up to its options

std::vector<std::uint8_t> message_with(Octets options) {
  std::vector<std::uint8_t> message{0, 0, 0x80, 0,  0, 0,   0, 0, 0, 0, 0,
                                    1, 0, 0,    41, 4, 208, 0, 0, 0, 0};
  message.push_back(static_cast<std::uint8_t>(options.size() >> 8));
  message.push_back(static_cast<std::uint8_t>(options.size()));
  message.insert(message.end(), options.begin(), options.end());
  return message;
}

/// The number of options, or -1 when they do not fill their space: told by arithmetic alone.
long options_in(Octets octets) {
  std::size_t at = 0;
  long count = 0;
  for (; at + 4 <= octets.size(); ++count) at += 4u + (octets[at + 2] * 256u + octets[at + 3]);
  return at == octets.size() ? count : -1;
}

void check_walk(const OptView& opt, long expected) {
  Octets rest = opt.options;
  long count = 0;
  std::size_t octets = 0;
  while (const auto option = next_option(rest)) ++count, octets += 4 + option->octets.size();
  require(count == expected, "every option is walked");
  require(octets == opt.options.size() && rest.empty(), "no octet is left");
}

void check_written_anew(const OptView& opt) {
  auto ede = find_ede(opt);
  // Text that is cut may end in what reads as its terminator (RFC 8914 2), and is lost on the way.
  while (ede && ede->text.ends_with('\0')) ede->text.pop_back();
  const auto cookie = find_option(opt, Option::cookie);
  const Octets sent = cookie && cookie->octets.size() <= 40 ? cookie->octets : Octets{};
  std::array<std::uint8_t, 512> space{};
  MessageBuilder builder(space, space.size());
  builder.header({.qr = true});
  builder.opt({.ede = ede ? &*ede : nullptr, .cookie = sent});
  const auto view = MessageView::parse(builder.finish());
  require(view && view->opt(), "what is written can be read");
  const auto found = find_ede(*view->opt());
  require(bool(found) == bool(ede), "an EDE is found again");
  require(!ede || (found->code == ede->code && found->text == ede->text), "with its text");
  const auto found_cookie = find_option(*view->opt(), Option::cookie);
  require(bool(found_cookie) == !sent.empty(), "a cookie is found again");
  require(sent.empty() || std::equal(sent.begin(), sent.end(), found_cookie->octets.begin(),
                                     found_cookie->octets.end()),
          "with its octets");
}
}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Octets octets(data, std::min<std::size_t>(size, 65'535 - head_octets));
  const auto message = message_with(octets);
  const long options = options_in(octets);
  const auto view = MessageView::parse(message);
  const auto most = windlass::row_of(windlass::Limit::edns_options).standard;
  require(bool(view) == (options >= 0 && options <= most), "accepted when whole and not too many");
  if (!view) return 0;
  check_walk(*view->opt(), options);
  check_written_anew(*view->opt());
  return 0;
}
