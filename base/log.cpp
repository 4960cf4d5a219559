#include "base/log.hpp"

#include <array>
#include <atomic>
#include <cstdio>
#include <map>
#include <mutex>

#include "base/clock.hpp"

namespace windlass {
namespace {
struct Held {
  std::int64_t minute = 0;
  unsigned written = 0, held = 0;
};

std::atomic<LogLevel> current_level{LogLevel::info};
std::atomic<LogFormat> current_format{LogFormat::text};
std::mutex guard;
std::map<std::string_view, Held>& held_lines() {
  static std::map<std::string_view, Held> lines;
  return lines;
}

constexpr std::array<std::string_view, 5> names{"error", "warning", "notice", "info", "debug"};

/// How many lines were held back before this one; -1 when this one is to be held back too.
int admit(const char* code, std::int64_t minute) {
  Held& line = held_lines()[code];
  if (line.minute != minute) {
    const auto before = static_cast<int>(line.held);
    line = {minute, 1, 0};
    return before;
  }
  if (line.written < Log::burst_per_minute) return ++line.written, 0;
  return ++line.held, -1;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      std::array<char, 8> buffer{};
      std::snprintf(buffer.data(), buffer.size(), "\\u%04x", static_cast<unsigned>(c));
      out += buffer.data();
    } else {
      out += c;
    }
  }
  return out;
}
}  // namespace

Log& Log::get() {
  static Log log;
  return log;
}

void Log::configure(LogLevel level, LogFormat format) {
  current_level = level;
  current_format = format;
}
void Log::set_level(LogLevel level) {
  current_level = level;
}
LogLevel Log::level() const {
  return current_level.load(std::memory_order_relaxed);
}

void Log::write(LogLevel level, const char* code, std::string_view text) {
  if (!wants(level)) return;
  const std::int64_t now = SystemClock{}.now().wall_s;
  const std::lock_guard lock(guard);
  const int before = level <= LogLevel::notice ? admit(code, now / 60) : 0;  // query logs are whole
  if (before < 0) return;
  std::string line(text);
  if (before > 0) line += " (" + std::to_string(before) + " like it held back)";
  const std::string_view level_name = name_of(level);
  if (current_format == LogFormat::json)
    std::fprintf(stderr, "{\"time\":%lld,\"level\":\"%s\",\"code\":\"%s\",\"text\":\"%s\"}\n",
                 static_cast<long long>(now), level_name.data(), code, escaped(line).c_str());
  else
    std::fprintf(stderr, "%s %s: %s\n", code, level_name.data(), line.c_str());
}

std::string_view name_of(LogLevel level) {
  return names[static_cast<std::size_t>(level)];
}

bool parse_level(std::string_view text, LogLevel& out) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == text) return out = static_cast<LogLevel>(i), true;
  return false;
}
}  // namespace windlass
