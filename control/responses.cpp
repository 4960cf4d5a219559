#include "control/responses.hpp"

#include <array>

namespace windlass::control {
namespace {
// clang-format off
constexpr auto response_rows = std::to_array<ResponseRow>({
  {"shorter than a header (12 octets)",                             "silence",                      "RFC 1035 4.1.1",  "queries_dropped_total{reason=\"malformed\"}"},
  {"QR is set: a response, not a query",                            "silence",                      "RFC 1035 4.1.1",  "queries_dropped_total{reason=\"malformed\"}"},
  {"from an address in `access.deny`, or in none of `access.allow`","REFUSED, EDE 18 (Prohibited)", "RFC 8914 4.19",   "queries_dropped_total{reason=\"acl\"}"},
  {"an opcode other than QUERY",                                    "NOTIMP, the opcode as asked",                    "RFC 1035 4.1.1",  "responses_total{rcode=\"NOTIMP\"}"},
  {"no question, or more than one",                                 "FORMERR",                      "RFC 9619",        "responses_total{rcode=\"FORMERR\"}"},
  {"a section that ends early, a bad label or compression pointer, octets left over", "FORMERR",    "RFC 1035 4.1",    "responses_total{rcode=\"FORMERR\"}"},
  {"records in the answer or authority section",                    "FORMERR",                      "RFC 1035 4.1",    "responses_total{rcode=\"FORMERR\"}"},
  {"two OPT records, an OPT not at the root, an option that overruns","FORMERR",                    "RFC 6891 6.1.1",  "responses_total{rcode=\"FORMERR\"}"},
  {"an EDNS version above 0",                                       "BADVERS",                      "RFC 6891 6.1.3",  "responses_total{rcode=\"BADVERS\"}"},
  {"a COOKIE option of neither 8 nor 16 to 40 octets",              "FORMERR",                      "RFC 7873 5.2.2",  "responses_total{rcode=\"FORMERR\"}"},
  {"no question, and a COOKIE option",                              "NOERROR with our cookie",      "RFC 7873 5.4",    "client_cookies_total"},
  {"an edns-tcp-keepalive option with a value, over TCP",           "FORMERR",                      "RFC 7828 3.2.1",  "responses_total{rcode=\"FORMERR\"}"},
  {"over UDP beyond `response_rate`, without a cookie of ours",     "silence, each `response_slip`th TC, or BADCOOKIE where there is a client cookie", "RFC 7873 5.2.3", "queries_dropped_total{reason=\"ratelimit\"}"},
  {"answered later than `late_after`, beyond `late_answers`, likewise", "silence",                  "limit of our own", "queries_dropped_total{reason=\"ratelimit\"}"},
  {"QTYPE 0 or NXNAME",                                             "FORMERR, EDE 30 (Invalid Query Type)", "RFC 6895 3.1, RFC 9824 3.5",    "responses_total{rcode=\"FORMERR\"}"},
  {"more EDNS options than `edns_options`",                         "FORMERR",                      "limit of our own",                "responses_total{rcode=\"FORMERR\"}"},
  {"a UDP query of more than 4,096 octets",                         "silence",                      "limit of our own",                "queries_dropped_total{reason=\"malformed\"}"},
  {"AXFR, IXFR of a name that no local zone covers, with a plugin", "NOTAUTH, EDE 20 (Not Authoritative)", "RFC 5936 2.2.1", "responses_total{rcode=\"NOTAUTH\"}"},
  {"AXFR, IXFR without a plugin; any other meta type as QTYPE",     "NOTIMP, EDE 30 (Invalid Query Type)", "RFC 6895 3.1",    "responses_total{rcode=\"NOTIMP\"}"},
  {"`version.bind.`, `version.server.`, `hostname.bind.`, `id.server.` of class CH, where `identity` has a text", "TXT, AA", "RFC 4892", "responses_total{rcode=\"NOERROR\"}"},
  {"a class other than IN",                                         "REFUSED, EDE 21 (Not Supported)", "RFC 1035 3.2.4",  "responses_total{rcode=\"REFUSED\"}"},
  {"RD=0 from an address outside `access.snoop`",                   "REFUSED, EDE 20 (Not Authoritative)", "RFC 8914 4.21", "responses_total{rcode=\"REFUSED\"}"},
  {"more waiting recursions than `client_inflight` or `inflight`",  "SERVFAIL, EDE 14 (Not Ready)", "RFC 8914 4.15",   "queries_dropped_total{reason=\"overload\"}"},
  {"A or AAAA of `root-key-sentinel-is-ta-NNNNN.` of no trusted key of the root, or `-not-ta-NNNNN.` of one, CD=0, with an answer that is secure", "SERVFAIL, EDE 0 (Other)", "RFC 8509 3.2", "responses_total{rcode=\"SERVFAIL\"}"},
  {"a TCP message shorter than its length prefix says",             "silence, closed after `tcp_message_time`", "RFC 7766 8", "queries_dropped_total{reason=\"malformed\"}"},
});
// clang-format on
}  // namespace

std::span<const ResponseRow> response_table() {
  return response_rows;
}
}  // namespace windlass::control
