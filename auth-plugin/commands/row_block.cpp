#include "auth-plugin/commands/row_block.hpp"

#include <algorithm>

#include "auth-plugin/amount.hpp"

namespace windlass::auth {
namespace {
constexpr std::uint64_t progress_every = 100'000;

/// As it is in a JSON text. No function, so that it is inlined where it is handed on.
constexpr auto is_plain = [](char c) noexcept { return c >= 0x20 && c != '"' && c != '\\'; };
}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return c >= 0; });
  if (!ascii) {
    out += Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
    return;
  }
  out += '"';
  while (!text.empty()) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_plain);
    out.append(text.begin(), end);
    text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
    if (text.empty()) break;
    const char c = text.front();
    text.remove_prefix(1);
    constexpr const char* hex = "0123456789abcdef";
    if (c == '"' || c == '\\') {
      (out += '\\') += c;
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out += "\\u00";
      (out += hex[c >> 4]) += hex[c & 0xF];
    }
  }
  out += '"';
}

void RowBlock::name(std::string_view name) {
  rows_ += std::exchange(in_row_, true) ? ",\"" : "{\"";
  rows_.append(name) += "\":";
}

RowBlock& RowBlock::text(std::string_view name, std::string_view value) {
  this->name(name);
  append_json_text(rows_, value);
  return *this;
}

RowBlock& RowBlock::number(std::string_view name, std::uint64_t value) {
  this->name(name);
  rows_ += std::to_string(value);
  return *this;
}

bool RowBlock::end_row() {
  rows_ += "}\n";
  in_row_ = false;
  return rows_.size() < block_octets || flush();
}

bool RowBlock::flush() {
  const bool taken = rows_.empty() || call_.put_text(rows_);
  rows_.clear();
  return taken;
}

bool RecordsProgress::count(std::uint64_t records) {
  const std::uint64_t before = std::exchange(records_, records_ + records);
  if (before / progress_every == records_ / progress_every) return true;
  const std::uint64_t percent =
      expected_ == 0 ? 100 : std::min<std::uint64_t>(100, records_ * 100 / expected_);
  return call_.progress(std::string(doing_) + ": " + grouped(records_) + " records, " +
                        std::to_string(percent) + " %");
}
}  // namespace windlass::auth
