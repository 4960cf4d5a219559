// PluginInstance: a command of the operator, on the thread that was made for it.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <exception>

#include "base/log.hpp"
#include "control/json_lines.hpp"
#include "server/plugin_instance.hpp"

namespace windlass::server {
namespace {
constexpr std::chrono::milliseconds turn_time{500};

/// What put and progress write to.
struct Spoken {
  control::ReplyPipe& pipe;
  bool torn = false;  ///< a row was no JSON object
};

std::int32_t put(void* context, const char* json, std::size_t octets) noexcept try {
  auto& spoken = *static_cast<Spoken*>(context);
  const auto lines = control::row_lines_of({json, json == nullptr ? 0 : octets});
  spoken.torn = spoken.torn || !lines;
  return lines && spoken.pipe.put(*lines) ? 0 : 1;
} catch (const std::exception&) { return 1; }

std::int32_t progress(void* context, const char* text) noexcept try {
  return text != nullptr && static_cast<Spoken*>(context)->pipe.progress(text) ? 0 : 1;
} catch (const std::exception&) { return 1; }

struct Turn {
  PluginTurns& turns;
  const std::string& command;
  ~Turn() { turns.end(command); }
};

/// "zone list" and the arguments, each a word.
std::vector<std::string> words_of(const std::string& command,
                                  const std::vector<std::string>& arguments) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at <= command.size();) {
    const std::size_t end = std::min(command.find(' ', at), command.size());
    words.push_back(command.substr(at, end - at));
    at = end + 1;
  }
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

/// A plugin's fault as one line, whatever is in it.
std::string line_of(const windlass_fault& fault) {
  std::string line(fault.text, ::strnlen(fault.text, sizeof fault.text));
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return line.empty() ? "the plugin refuses, and gives no reason" : line;
}
}  // namespace

/// False: the client went while others had their turn.
bool PluginInstance::take_turn(const std::string& command, control::ReplyPipe& pipe) {
  for (;;) {
    const std::string before = turns_.begin(command, turn_time);
    if (before.empty()) return true;
    if (!pipe.progress("waiting for `" + before + "` to end")) return false;
  }
}

void PluginInstance::run_command(const std::string& command,
                                 const std::vector<std::string>& arguments,
                                 control::ReplyPipe& pipe) {
  if (!take_turn(command, pipe)) return pipe.end(false, "the client has gone");
  const Turn turn{turns_, command};
  const auto words = words_of(command, arguments);
  std::vector<const char*> texts;
  for (const auto& word : words) texts.push_back(word.c_str());
  Spoken spoken{pipe};
  windlass_command asked{};
  asked.size = sizeof asked;
  asked.word_count = static_cast<std::uint32_t>(texts.size());
  asked.words = texts.data();
  asked.context = &spoken;
  asked.put = put;
  asked.progress = progress;
  windlass_fault fault{};
  fault.size = sizeof fault;
  const bool good = calls().control(instance_, &asked, &fault) == 0;
  if (spoken.torn)
    log_error("WL-PLUGIN-008",
              "plugin " + name_ + ": a row of `" + command + "` is no JSON object of plain values");
  if (!good) return pipe.end(false, line_of(fault));
  if (spoken.torn) return pipe.end(false, "plugin " + name_ + " gave a row that is no JSON object");
  pipe.end(true, "");
}
}  // namespace windlass::server
