#include "control/ctl_print.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "control/ctl_chain.hpp"
#include "control/ctl_ink.hpp"
#include "dns/security.hpp"

namespace windlass::control {

std::string harmless(std::string_view text) {
  const auto steers = [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return (octet < 0x20 && c != '\t') || octet == 0x7F;
  };
  std::string out(text);
  std::replace_if(out.begin(), out.end(), steers, '?');
  return out;
}

namespace {
std::string number_text(double value) {
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "%.6g", value);
  return out.data();
}

struct ValueText {
  std::string operator()(const std::string& value) const { return harmless(value); }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const {
    return value == static_cast<double>(static_cast<std::int64_t>(value))
               ? std::to_string(static_cast<std::int64_t>(value))
               : number_text(value);
  }
  std::string operator()(bool value) const { return value ? "yes" : "no"; }
  std::string operator()(const std::vector<std::string>& values) const {
    std::string out;
    for (const auto& value : values) out.append(out.empty() ? "" : ", ").append(harmless(value));
    return out;
  }
};
}  // namespace

std::string Painter::operator()(Ink ink, std::string text) const {
  constexpr std::array<const char*, 5> codes{"", "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[33m"};
  if (!colour_ || ink == Ink::none || text.empty()) return text;
  return codes[static_cast<std::size_t>(ink)] + std::move(text) + "\x1b[0m";
}

Ink ink_of(std::string_view verdict) {
  using enum dns::Security;
  if (verdict == name_of(secure)) return Ink::green;
  const bool doubtful = verdict == name_of(insecure) || verdict == name_of(indeterminate);
  return doubtful || verdict.empty() ? Ink::yellow : Ink::red;
}

std::string text_of(const FieldValue& value) {
  return std::visit(ValueText{}, value);
}

std::string text_of(const Row& row, std::string_view name) {
  const FieldValue* value = find_field(row, name);
  return value == nullptr ? "" : text_of(*value);
}

namespace {
std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string fields(std::span<const Row> rows, const Painter& paint) {
  std::string out;
  for (const Row& row : rows) {
    std::size_t width = 0;
    for (const Field& f : row) width = std::max(width, f.name.size());
    for (const Field& f : row)
      out += paint(Ink::bold, padded(harmless(f.name), width)) + "  " + text_of(f.value) + "\n";
  }
  return out;
}

struct Columns {
  std::vector<std::string> names;
  std::vector<std::size_t> widths;
};

/// Columns are the names of the first row that brings them, in its order.
Columns columns_of(std::span<const Row> rows) {
  Columns out;
  auto& names = out.names;
  for (const Row& row : rows)
    for (const Field& f : row)
      if (std::find(names.begin(), names.end(), f.name) == names.end()) names.push_back(f.name);
  for (const auto& name : names) {
    std::size_t width = name.size();
    for (const Row& row : rows) width = std::max(width, text_of(row, name).size());
    out.widths.push_back(std::min<std::size_t>(width, 100));
  }
  return out;
}

template <class Cell>
std::string table_line(const Columns& columns, Cell cell) {
  std::string out;
  for (std::size_t i = 0; i < columns.names.size(); ++i)
    out += padded(cell(columns.names[i]), columns.widths[i]) + "  ";
  return out.erase(out.find_last_not_of(' ') + 1);
}

std::string table_head(const Columns& columns, const Painter& paint) {
  if (columns.names.empty()) return "";
  return paint(Ink::bold, table_line(columns, [](const auto& name) { return harmless(name); })) +
         "\n";
}

std::string table_rows(const Columns& columns, std::span<const Row> rows) {
  std::string out;
  if (columns.names.empty()) return out;
  for (const Row& row : rows)
    out += table_line(columns, [&](const auto& name) { return text_of(row, name); }) + "\n";
  return out;
}

std::string table(std::span<const Row> rows, const Painter& paint) {
  const Columns columns = columns_of(rows);
  return table_head(columns, paint) + table_rows(columns, rows);
}

std::string lines(std::span<const Row> rows) {
  std::string out;
  for (const Row& row : rows)
    for (const Field& f : row) out.append(text_of(f.value)) += '\n';
  return out;
}

std::string step_line(const Row& row, const Painter& paint) {
  const auto* depth_value = find_field(row, "depth");
  const auto* depth = depth_value == nullptr ? nullptr : std::get_if<std::int64_t>(depth_value);
  const auto indent =
      static_cast<std::size_t>(std::clamp<std::int64_t>(depth == nullptr ? 0 : *depth, 0, 32));
  std::string out(indent * 2, ' ');
  out += paint(Ink::bold, padded(text_of(row, "kind"), 7));
  for (const char* name : {"zone", "question", "server"})
    if (const auto text = text_of(row, name); !text.empty()) out += " " + text;
  if (const auto rtt = text_of(row, "rtt_ms"); !rtt.empty()) out += " (" + rtt + " ms)";
  if (const auto text = text_of(row, "text"); !text.empty()) out += ": " + text;
  return out + "\n";
}

std::string result_lines(const Row& row, const Painter& paint) {
  const auto security = text_of(row, "security");
  std::string out = paint(Ink::bold, "result ") + " " + text_of(row, "rcode") + ", " +
                    paint(ink_of(security), security) + ", " + text_of(row, "queries") +
                    " queries, " + text_of(row, "took_ms") + " ms\n";
  if (const auto ede = text_of(row, "ede"); !ede.empty()) out += "        EDE " + ede + "\n";
  const auto* answer = find_field(row, "answer");
  const auto* records = answer == nullptr ? nullptr : std::get_if<std::vector<std::string>>(answer);
  if (records != nullptr)
    for (const auto& record : *records) out += "        " + harmless(record) + "\n";
  return out;
}

/// The result first, then the way there, then the chain of trust; the link that broke it stands
/// last, where the eye ends.
std::string chain(std::span<const Row> rows, const Painter& paint) {
  std::string result, steps;
  std::vector<const Row*> links;
  for (const Row& row : rows) {
    if (is_link(row))
      links.push_back(&row);
    else if (find_field(row, "rcode") != nullptr)
      result += result_lines(row, paint);
    else
      steps += step_line(row, paint);
  }
  return result + steps + chain_picture(links, paint);
}
}  // namespace

std::string printed(Shape shape, std::span<const Row> rows, bool colour) {
  const Painter paint(colour);
  switch (shape) {
    case Shape::fields:
      return fields(rows, paint);
    case Shape::table:
      return table(rows, paint);
    case Shape::lines:
      return lines(rows);
    case Shape::chain:
      break;
  }
  return chain(rows, paint);
}

void Printer::add(Row row) {
  rows_.push_back(std::move(row));
  const bool at_once = shape_ == Shape::lines || shape_ == Shape::fields || !names_.empty();
  if (at_once || (shape_ == Shape::table && rows_.size() == table_rows_seen)) flush();
}

void Printer::flush() {
  if (shape_ != Shape::table) {
    out_(printed(shape_, rows_, colour_));
  } else if (!names_.empty()) {
    out_(table_rows({names_, widths_}, rows_));
  } else {
    Columns columns = columns_of(rows_);
    out_(table_head(columns, Painter(colour_)) + table_rows(columns, rows_));
    names_ = std::move(columns.names);
    widths_ = std::move(columns.widths);
  }
  rows_.clear();
}

void Printer::end() {
  if (!rows_.empty()) flush();
}
}  // namespace windlass::control
