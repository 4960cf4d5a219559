// The module: its one exported symbol, the descriptor, and each call of it handed to Instance,
// Worker, Transfer or the commands.
#include "windlass/plugin.h"

#include "auth-plugin/boundary.hpp"
#include "auth-plugin/commands/table.hpp"
#include "auth-plugin/config.hpp"
#include "auth-plugin/instance.hpp"
#include "auth-plugin/transfer/transfer.hpp"
#include "auth-plugin/worker.hpp"
#include "auth-plugin/zone_input.hpp"

namespace windlass::auth {
namespace {
constexpr std::int32_t refused = 1;

std::string_view text_or_empty(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

Result<Options, ConfigFault> options_of(const windlass_config& given) {
  const windlass_config config = whole(given);
  const std::string_view json =
      config.json == nullptr ? "{}" : std::string_view(config.json, config.json_octets);
  return read_options(json, std::string(text_or_empty(config.state_dir)));
}

std::int32_t put(windlass_fault* fault, const ConfigFault& why) {
  put_fault(fault, why.text, why.pointer);
  return refused;
}

std::int32_t config_check(const windlass_config* config, windlass_fault* fault) {
  return guarded(fault, refused, [&] {
    const auto options = options_of(*config);
    if (!options) return put(fault, options.error());
    const auto files = check_imports(*options);
    return files ? 0 : put(fault, files.error());
  });
}

std::int32_t create(const windlass_host* host, const windlass_config* config, void** instance,
                    windlass_fault* fault) {
  return guarded(fault, refused, [&] {
    const auto options = options_of(*config);
    if (!options) return put(fault, options.error());
    auto made = Instance::create(Host(*host), *options);
    if (!made) return put(fault, made.error());
    *instance = made->release();
    return 0;
  });
}

std::int32_t thread_enter(void* instance, std::uint32_t, void** thread) {
  return guarded(nullptr, refused, [&] {
    auto& self = *static_cast<Instance*>(instance);
    *thread = std::make_unique<Worker>(self).release();
    return 0;
  });
}

void thread_leave(void*, void* thread) {
  delete static_cast<Worker*>(thread);
}

void batch_begin(void* thread) {
  static_cast<Worker*>(thread)->batch_begin();
}

void batch_end(void* thread) {
  static_cast<Worker*>(thread)->batch_end();
}

std::uint32_t match(void* thread, const std::uint8_t* name, std::size_t name_octets) {
  return static_cast<Worker*>(thread)->match({name, name_octets});
}

/// Zero but for what the host filled: what a shorter struct of the host's had no room for stays
/// here.
template <class Call>
std::int32_t with_reply(windlass_reply* reply, Call&& call) {
  windlass_reply known = whole(*reply);
  const std::int32_t said = call(known);
  const std::uint32_t size = reply->size;
  std::memcpy(reply, &known, std::min<std::size_t>(size, sizeof known));
  reply->size = size;
  return said;
}

std::int32_t answer(void* thread, const windlass_query* query, windlass_reply* reply) {
  const std::int32_t failed = WINDLASS_ERROR;
  return guarded(nullptr, failed, [&] {
    return with_reply(reply, [&](windlass_reply& known) {
      return static_cast<Worker*>(thread)->answer(whole(*query), known);
    });
  });
}

std::int32_t control(void* instance, const windlass_command* command, windlass_fault* fault) {
  return guarded(fault, refused, [&] {
    auto& self = *static_cast<Instance*>(instance);
    self.count(Counter::commands);
    const auto done = run_command(self, whole(*command));
    if (done) return 0;
    self.count(Counter::commands_failed);
    put_fault(fault, done.error(), "");
    return refused;
  });
}

std::int32_t ready(void*) {
  return 1;  // create() returns when all zones can be answered
}

std::size_t stats(void* instance, char* json, std::size_t octets_max) {
  return guarded(nullptr, std::size_t{0}, [&] {
    const std::string text = static_cast<Instance*>(instance)->stats_json();
    if (text.size() <= octets_max) std::memcpy(json, text.data(), text.size());
    return text.size();
  });
}

void quiesce(void* instance) {
  static_cast<Instance*>(instance)->quiesce();
}

void destroy(void* instance) {
  delete static_cast<Instance*>(instance);
}

const std::uint64_t* generations(void* instance, std::uint32_t* count) {
  return static_cast<Instance*>(instance)->depot().generations(*count);
}

std::int32_t stream_open(void* thread, const windlass_query* query, windlass_reply* reply,
                         void** stream) {
  const std::int32_t failed = WINDLASS_ERROR;
  return guarded(nullptr, failed, [&] {
    return with_reply(reply, [&](windlass_reply& known) {
      return static_cast<Worker*>(thread)->stream_open(whole(*query), known, stream);
    });
  });
}

std::int32_t stream_next(void* stream, windlass_reply* reply) {
  return guarded(nullptr, std::int32_t{-1}, [&] {
    return with_reply(
        reply, [&](windlass_reply& known) { return static_cast<Transfer*>(stream)->next(known); });
  });
}

void stream_close(void* stream) {
  delete static_cast<Transfer*>(stream);
}

windlass_plugin descriptor() {
  windlass_plugin made{};
  made.size = sizeof made;
  made.major = WINDLASS_PLUGIN_MAJOR;
  made.minor = WINDLASS_PLUGIN_MINOR;
  made.name = "auth";
  made.version = WINDLASS_VERSION;
  made.counter_count = counter_count;
  made.counters = counter_names();
  made.config_schema = options_schema();
  made.commands = commands_json();
  made.config_check = config_check;
  made.create = create;
  made.thread_enter = thread_enter;
  made.thread_leave = thread_leave;
  made.batch_begin = batch_begin;
  made.batch_end = batch_end;
  made.match = match;
  made.answer = answer;
  made.control = control;
  made.ready = ready;
  made.stats = stats;
  made.quiesce = quiesce;
  made.destroy = destroy;
  made.generations = generations;
  made.stream_open = stream_open;
  made.stream_next = stream_next;
  made.stream_close = stream_close;
  return made;
}
}  // namespace
}  // namespace windlass::auth

extern "C" WINDLASS_PLUGIN_EXPORT const windlass_plugin* windlass_plugin_v1(std::uint32_t major,
                                                                            std::uint32_t minor);

const windlass_plugin* windlass_plugin_v1(std::uint32_t major, std::uint32_t minor) {
  using windlass::auth::guarded;
  const windlass_plugin* none = nullptr;
  (void)minor;  // this module needs nothing beyond 1.0
  return guarded(nullptr, none, [&]() -> const windlass_plugin* {
    static const windlass_plugin made = windlass::auth::descriptor();
    return major == WINDLASS_PLUGIN_MAJOR ? &made : nullptr;
  });
}
