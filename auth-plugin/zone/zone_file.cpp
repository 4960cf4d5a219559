#include "auth-plugin/zone/zone_file.hpp"

#include <filesystem>

#include "auth-plugin/zone/field_writer.hpp"
#include "auth-plugin/zone/rdata_text.hpp"
#include "auth-plugin/zone/zone_reader.hpp"
namespace windlass::auth {
namespace {
Result<ZoneContent, InputFault> read_source(TextSource& source, const std::string& file,
                                            const std::string& real, const dns::Name& zone,
                                            const ZoneFileOptions& options) {
  ZoneReader reader(zone, options);
  if (auto done = reader.read(source, file, real); !done) return done.error();
  return reader.finish();
}
}  // namespace

Result<ZoneContent, InputFault> read_zone_file(const std::string& path, const dns::Name& zone,
                                               const ZoneFileOptions& options) {
  std::error_code error;
  const auto real = std::filesystem::canonical(path, error);
  if (error) return InputFault{path, 0, 0, "cannot open the file: " + error.message()};
  auto source = TextSource::open(path);
  if (!source) return InputFault{path, 0, 0, source.error()};
  return read_source(*source, path, real.string(), zone, options);
}

Result<ZoneContent, InputFault> read_zone_text(std::string_view text, const std::string& name,
                                               const dns::Name& zone,
                                               const ZoneFileOptions& options) {
  TextSource source(text);
  return read_source(source, name, {}, zone, options);
}

Result<std::vector<std::uint8_t>, InputFault> read_rdata(dns::Type type, std::string_view text,
                                                         const dns::Name& zone) {
  TextSource source(text);
  Lexer lexer(source);
  Entry entry, another;
  const auto fault = [](Complaint&& c) {
    return InputFault{{}, c.place.line, c.place.column, std::move(c.text)};
  };
  auto read = lexer.next(entry);
  if (!read) return fault(Complaint(read.error()));
  std::vector<std::uint8_t> rdata;
  Complaint complaint;
  if (!read_rdata_words(type, entry.words, zone, {1, text.size() + 1}, rdata, complaint))
    return fault(std::move(complaint));
  read = lexer.next(another);
  if (!read) return fault(Complaint(read.error()));
  if (*read) return fault({another.words.front().place(), "expected the rdata of one record"});
  return rdata;
}

std::uint32_t record_ttl(const RRsetSlice& rrset, Octets rdata) noexcept {
  constexpr std::size_t original_ttl_at = 4;
  if (rrset.type != dns::Type::rrsig || rdata.size() < original_ttl_at + 4) return rrset.ttl;
  return dns::word32(rdata, original_ttl_at);
}

void append_zone_lines(std::string& out, const RRsetSlice& rrset) {
  std::string head, tail = "\tIN\t" + dns::to_text(rrset.type) + '\t';
  append_name(head, rrset.owner_wire);
  head += '\t';
  Octets rest = rrset.rdatas;
  for (std::size_t i = 0; i < rrset.count; ++i) {
    const Octets rdata = take_rdata(rest);
    out += head;
    append_number(out, record_ttl(rrset, rdata));
    out += tail;
    append_rdata_text(out, rrset.type, rdata);
    out += '\n';
  }
}

std::string rdata_to_text(dns::Type type, Octets rdata) {
  std::string text;
  append_rdata_text(text, type, rdata);
  return text;
}
}  // namespace windlass::auth
