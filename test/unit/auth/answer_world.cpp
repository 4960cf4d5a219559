#include "test/unit/auth/answer_world.hpp"

#include <filesystem>

#include <catch2/catch.hpp>
#include <stdlib.h>

#include "auth-plugin/zone/zone_file.hpp"
#include "dns/types.hpp"

namespace windlass::test {
using namespace windlass::auth;
using dns::Section;
using dns::Type;

// The signed ones are example.org with keys of algorithm 13, valid from 2020 to 2038: NSEC and
// NSEC3 (salt ab) by ldns-signzone, NSEC3 with opt-out by dnssec-signzone.
// clang-format off
const std::string_view example_org =
#include "test/unit/auth/zones/example.org.zone.inc"
;
const std::string_view example_com =
#include "test/unit/auth/zones/example.com.zone.inc"
;
const std::string_view secure_example_org =
#include "test/unit/auth/zones/secure.example.org.zone.inc"
;
const std::string_view example_org_nsec =
#include "test/unit/auth/zones/nsec.zone.inc"
;
const std::string_view example_org_nsec3 =
#include "test/unit/auth/zones/nsec3.zone.inc"
;
const std::string_view example_org_optout =
#include "test/unit/auth/zones/optout.zone.inc"
;
// clang-format on

AnswerWorld::AnswerWorld() : out_(65'535) {
  std::string pattern = (std::filesystem::temp_directory_path() / "answer-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  folder_ = pattern;
  auto tables = ServeTables::open(folder_ + "/serve.mdb", std::uint64_t{1} << 28, 8);
  REQUIRE(tables);
  tables_ = std::make_unique<ServeTables>(*std::move(tables));
}

AnswerWorld::~AnswerWorld() {
  reader_.reset();
  tables_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void AnswerWorld::add(std::string_view zone, std::string_view text) {
  REQUIRE_FALSE(zones_);
  const auto content = read_zone_text(text, "test", dns::Name::literal(zone), {});
  if (!content) FAIL(content.error().to_text());
  const auto slot = static_cast<std::uint32_t>(facts_.size());
  const auto written = write_zone(*tables_, *content, slot, 1);
  if (!written) FAIL(written.error().text);
  facts_.push_back(written->facts);
}

void AnswerWorld::start() {
  if (zones_) return;
  zones_ = std::make_unique<ZoneMap>(facts_);
  auto reader = ServeReader::open(tables_->env);
  if (!reader) FAIL(reader.error().text);
  reader_ = *std::move(reader);
  REQUIRE(reader_->begin());
}

ServeReader& AnswerWorld::reader() {
  start();
  return *reader_;
}

const ZoneMap& AnswerWorld::zones() {
  start();
  return *zones_;
}

dns::Question question_of(std::string_view text) {
  const auto space = text.find(' ');
  REQUIRE(space != std::string_view::npos);
  const auto type = dns::type_from_text(text.substr(space + 1));
  REQUIRE(type);
  return {dns::Name::literal(text.substr(0, space)), *type, dns::Class::in};
}

const Spoken& AnswerWorld::tell(std::string_view question, const Ask& how) {
  start();
  LocalQuestion asked{.id = 4711,
                      .question = question_of(question),
                      .rd = how.rd,
                      .cd = how.cd,
                      .edns = how.edns,
                      .dnssec_ok = how.dnssec_ok,
                      .stream = how.stream,
                      .octets_max = how.octets_max};
  const ZoneFacts* zone = zones_->closest(asked.question.name.wire());
  REQUIRE(zone != nullptr);
  reader_->release();
  return spoken = answer(asked, *zone, *zones_, *reader_, how.options, out_);
}

dns::MessageView AnswerWorld::ask(std::string_view question, const Ask& how) {
  const dns::Name name = question_of(question).name;
  (void)tell(question, how);
  REQUIRE(spoken.said != Said::error);
  REQUIRE(spoken.octets <= how.octets_max);
  const auto view = dns::MessageView::parse({out_.data(), spoken.octets});
  REQUIRE(view);
  CHECK(view->header().id() == 4711);
  CHECK(view->header().qr());
  CHECK(view->header().rd() == how.rd);
  CHECK(view->header().cd() == how.cd);
  CHECK_FALSE(view->header().ra());
  CHECK_FALSE(view->header().ad());
  CHECK(view->question().name.same_case(name));
  CHECK(view->opt().has_value() == how.edns);
  if (how.edns) CHECK(view->opt()->dnssec_ok == how.dnssec_ok);
  return *view;
}

std::vector<std::string> lines_of(const dns::MessageView& view, Section section) {
  std::vector<std::string> lines;
  std::vector<std::uint8_t> rdata(65'535);
  for (const dns::RecordView& record : view.records(section)) {
    if (record.type() == Type::opt) continue;
    const auto octets = record.expand_rdata(rdata);
    REQUIRE(octets);
    std::string line = record.owner().to_text() + " " + std::to_string(record.ttl) + " ";
    if (record.type() == Type::rrsig)
      line += "RRSIG(" + to_text(static_cast<Type>(rdata[0] << 8 | rdata[1])) + ")";
    else
      line += to_text(record.type()) + " " + rdata_to_text(record.type(), {rdata.data(), *octets});
    lines.push_back(line);
  }
  return lines;
}

std::string AnswerWorld::said(std::string_view question, const Ask& how) {
  const dns::MessageView view = ask(question, how);
  std::string text = to_text(view.rcode());
  if (view.header().aa()) text += " aa";
  if (view.header().tc()) text += " tc";
  for (const Section section : {Section::answer, Section::authority, Section::additional}) {
    text += " |";
    const char* before = " ";
    for (const std::string& line : lines_of(view, section)) text += before + line, before = "; ";
  }
  return text;
}
}  // namespace windlass::test
