#pragma once
/// The log: one line an event. What happened; to what; the cause; what was done about it.
///
/// Every line has a stable code (WL-CONF-007). Errors, warnings and notices of one code are limited
/// to `burst_per_minute`; the next line after that says how many were held back. Thread-safe;
/// written to stderr, as text or as JSON lines.
#include <cstdint>
#include <string>
#include <string_view>
namespace windlass {

enum class LogLevel : std::uint8_t { error, warning, notice, info, debug };
enum class LogFormat : std::uint8_t { text, json };

class Log {
 public:
  static constexpr unsigned burst_per_minute = 20;

  static Log& get();  ///< the process's one log
  void configure(LogLevel level, LogFormat format);
  void set_level(LogLevel level);
  LogLevel level() const;
  bool wants(LogLevel level) const { return level <= this->level(); }
  /// `code` is a string literal such as "WL-CONF-007".
  void write(LogLevel level, const char* code, std::string_view text);

 private:
  Log() = default;
};

std::string_view name_of(LogLevel level);
/// False when the text is no level.
bool parse_level(std::string_view text, LogLevel& out);

inline void log_error(const char* code, std::string_view text) {
  Log::get().write(LogLevel::error, code, text);
}
inline void log_warning(const char* code, std::string_view text) {
  Log::get().write(LogLevel::warning, code, text);
}
inline void log_notice(const char* code, std::string_view text) {
  Log::get().write(LogLevel::notice, code, text);
}
inline void log_info(const char* code, std::string_view text) {
  Log::get().write(LogLevel::info, code, text);
}
inline void log_debug(const char* code, std::string_view text) {
  Log::get().write(LogLevel::debug, code, text);
}
}  // namespace windlass
