#pragma once
// The host's side of the plugin boundary, as small as it can be: the built module, one instance in
// a folder of its own, its commands and one worker. For tests.
#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <dlfcn.h>
#include <nlohmann/json.hpp>
#include <stdlib.h>

#include "base/address.hpp"
#include "base/clock.hpp"
#include "dns/message_builder.hpp"
#include "dns/message_view.hpp"
#include "windlass/plugin.h"
namespace windlass::test {

using Json = nlohmann::ordered_json;
using Bytes = std::vector<std::uint8_t>;

/// The module's descriptor; loaded once.
inline const windlass_plugin& auth_plugin() {
  static const windlass_plugin* const loaded = [] {
    void* const module = ::dlopen(WINDLASS_AUTH_PLUGIN, RTLD_NOW | RTLD_LOCAL);
    if (module == nullptr) throw std::runtime_error(::dlerror());
    auto* const entry =
        reinterpret_cast<windlass_plugin_entry*>(::dlsym(module, WINDLASS_PLUGIN_SYMBOL));
    if (entry == nullptr) throw std::runtime_error("no " WINDLASS_PLUGIN_SYMBOL);
    return entry(WINDLASS_PLUGIN_MAJOR, WINDLASS_PLUGIN_MINOR);
  }();
  return *loaded;
}

class StateFolder {
 public:
  StateFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "windlass-auth-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder " + name);
    path_ = std::filesystem::canonical(name);
  }
  ~StateFolder() { std::filesystem::remove_all(path_); }
  StateFolder(const StateFolder&) = delete;
  StateFolder& operator=(const StateFolder&) = delete;
  std::string path() const { return path_.string(); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  /// Writes a file; its path.
  std::string put(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return *this / name;
  }
  std::string read(const std::string& name) const {
    std::ifstream file(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::filesystem::path path_;
};

/// A refusal as the host would show it.
struct Refusal {
  std::int32_t said = 0;
  std::string text, pointer;
};

inline Refusal fault_of(std::int32_t said, const windlass_fault& fault) {
  return {said, fault.text, fault.pointer};
}

inline windlass_config config_of(const std::string& json, const std::string& state_dir) {
  windlass_config config{};
  config.size = sizeof config;
  config.name = "home";
  config.json = json.c_str();
  config.json_octets = json.size();
  config.state_dir = state_dir.c_str();
  return config;
}

inline Refusal checked(const std::string& json, const std::string& state_dir = "") {
  const windlass_config config = config_of(json, state_dir);
  windlass_fault fault{};
  fault.size = sizeof fault;
  return fault_of(auth_plugin().config_check(&config, &fault), fault);
}

/// What a command said: its rows, its progress lines, its fault.
struct Said {
  Refusal fault;
  std::vector<Json> rows;
  std::vector<std::string> progress;
  std::size_t rows_most = ~std::size_t{0};  ///< then the reader is gone
  bool ok() const { return fault.said == 0; }
};

/// A message of the module's, and what it said of it.
struct Reply {
  std::int32_t verdict = 0;
  Bytes octets;
  bool cacheable = false;
  std::uint64_t generation = 0;
  std::uint32_t slot = 0, ttl_max_s = 0;
  Bytes next;
  dns::MessageView view() const {
    const auto view = dns::MessageView::parse(octets);
    if (!view) throw std::runtime_error("a reply that is no message");
    return *view;
  }
  dns::Rcode rcode() const { return view().rcode(); }
  std::size_t answers() const { return view().header().ancount(); }
};

struct Ask {
  std::string name;
  dns::Type type = dns::Type::a;
  bool tcp = false, edns = true, rd = false;
  std::string peer = "127.0.0.1";
  std::optional<std::uint32_t> serial = std::nullopt;  ///< of an SOA in the authority section
};

inline Bytes query_message(const Ask& ask) {
  Bytes out(1024);
  dns::MessageBuilder message(out, out.size());
  dns::HeaderSpec header;
  header.id = 4711;
  header.rd = ask.rd;
  message.header(header);
  message.question({dns::Name::literal(ask.name), ask.type, dns::Class::in});
  if (ask.edns) message.opt({});
  if (ask.serial) {
    Bytes soa(22, 0);
    for (std::size_t i = 0; i < 4; ++i)
      soa[2 + i] = static_cast<std::uint8_t>(*ask.serial >> (24 - 8 * i));
    message.add_record(dns::Section::authority, dns::Name::literal(ask.name), dns::Type::soa,
                       dns::Class::in, 0, soa);
  }
  const auto made = message.finish();
  return {made.begin(), made.end()};
}

/// One instance in a folder, its services, and one worker of it.
class AuthHost {
 public:
  static constexpr std::uint64_t all_features = WINDLASS_HOST_REFERRAL | WINDLASS_HOST_CHASE |
                                                WINDLASS_HOST_CONTROL | WINDLASS_HOST_GENERATIONS |
                                                WINDLASS_HOST_STREAM;

  explicit AuthHost(const StateFolder& folder, const std::string& json = R"({"map_size": "64M"})",
                    std::uint64_t features = all_features) {
    host_.size = sizeof host_;
    host_.major = WINDLASS_PLUGIN_MAJOR;
    host_.features = features;
    host_.context = this;
    host_.log = [](void* context, std::int32_t, const char* text) {
      static_cast<AuthHost*>(context)->logged.emplace_back(text);
    };
    host_.clock = [](void*, windlass_time* now) { now->mono_us = SystemClock{}.now().mono_us; };
    host_.count = [](void* context, std::uint32_t index, std::uint64_t add) {
      static_cast<AuthHost*>(context)->counted.at(index) += add;
    };
    const std::string state_dir = folder.path();
    const windlass_config config = config_of(json, state_dir);
    windlass_fault given{};
    given.size = sizeof given;
    fault = fault_of(auth_plugin().create(&host_, &config, &instance_, &given), given);
    if (fault.said == 0 && auth_plugin().thread_enter(instance_, 0, &thread_) != 0)
      throw std::runtime_error("thread_enter failed");
  }
  ~AuthHost() {
    if (thread_ != nullptr) auth_plugin().thread_leave(instance_, thread_);
    if (instance_ == nullptr) return;
    auth_plugin().quiesce(instance_);
    auth_plugin().destroy(instance_);
  }
  AuthHost(const AuthHost&) = delete;
  AuthHost& operator=(const AuthHost&) = delete;

  Said command(const std::vector<std::string>& words, std::size_t rows_most = ~std::size_t{0}) {
    Said said;
    said.rows_most = rows_most;
    std::vector<const char*> pointers;
    for (const std::string& word : words) pointers.push_back(word.c_str());
    windlass_command command{};
    command.size = sizeof command;
    command.word_count = static_cast<std::uint32_t>(words.size());
    command.words = pointers.data();
    command.context = &said;
    command.put = [](void* context, const char* json, std::size_t octets) -> std::int32_t {
      auto& to = *static_cast<Said*>(context);
      std::istringstream lines(std::string(json, octets));
      for (std::string line; std::getline(lines, line);) to.rows.push_back(Json::parse(line));
      return to.rows.size() >= to.rows_most ? 1 : 0;
    };
    command.progress = [](void* context, const char* text) -> std::int32_t {
      return static_cast<Said*>(context)->progress.emplace_back(text), 0;
    };
    windlass_fault given{};
    given.size = sizeof given;
    said.fault = fault_of(auth_plugin().control(instance_, &command, &given), given);
    return said;
  }

  std::uint32_t match(const std::string& name) { return match(name, thread_); }
  static std::uint32_t match(const std::string& name, void* thread) {
    const auto wire = dns::Name::literal(name);
    return auth_plugin().match(thread, wire.wire().data(), wire.size_octets());
  }

  /// One query in a batch of its own.
  Reply ask(const Ask& asked) { return ask(asked, thread_); }
  static Reply ask(const Ask& asked, void* thread) {
    Reply out;
    auth_plugin().batch_begin(thread);
    if (match(asked.name, thread) != 0)
      out = take(asked, [&](const windlass_query& query, windlass_reply& reply) {
        return auth_plugin().answer(thread, &query, &reply);
      });
    auth_plugin().batch_end(thread);
    return out;
  }

  Reply open(const Ask& asked, void*& stream) {
    return take(asked, [&](const windlass_query& query, windlass_reply& reply) {
      return auth_plugin().stream_open(thread_, &query, &reply, &stream);
    });
  }

  /// A transfer to its end: its messages, or the one that refuses. `failed` set: the stream failed.
  std::vector<Reply> transfer(const Ask& asked, std::size_t octets_max = 65'535) {
    void* stream = nullptr;
    std::vector<Reply> out;
    out.push_back(open(asked, stream));
    if (stream == nullptr) return out;
    out.clear();
    for (std::int32_t more = 1; more == 1;) {
      out.push_back(filled(octets_max, [&](windlass_reply& reply) {
        return more = auth_plugin().stream_next(stream, &reply);
      }));
    }
    auth_plugin().stream_close(stream);
    return out;
  }

  const std::uint64_t* generations(std::uint32_t& count) {
    return auth_plugin().generations(instance_, &count);
  }
  void* thread() const { return thread_; }
  void* instance() const { return instance_; }

  Refusal fault;
  std::vector<std::string> logged;
  std::vector<std::uint64_t> counted = std::vector<std::uint64_t>(64);

 private:
  template <class Call>
  static Reply filled(std::size_t octets_max, const Call& call) {
    Bytes buffer(octets_max);
    windlass_reply reply{};
    reply.size = sizeof reply;
    reply.octets = buffer.data();
    reply.octets_max = octets_max;
    Reply out;
    out.verdict = call(reply);
    buffer.resize(std::min(reply.octets_written, octets_max));
    out.octets = std::move(buffer);
    out.cacheable = reply.cacheable != 0;
    out.generation = reply.generation;
    out.slot = reply.slot;
    out.ttl_max_s = reply.ttl_max_s;
    if (reply.next != nullptr) out.next.assign(reply.next, reply.next + reply.next_octets);
    return out;
  }

  template <class Call>
  static Reply take(const Ask& asked, const Call& call) {
    const Bytes message = query_message(asked);
    const auto name = dns::Name::literal(asked.name);
    windlass_peer peer{};
    peer.size = sizeof peer;
    const auto address = IpAddress::parse(asked.peer);
    peer.family = address->family;
    std::copy(address->octets.begin(), address->octets.end(), peer.address);
    windlass_query query{};
    query.size = sizeof query;
    query.flags = asked.tcp ? WINDLASS_QUERY_STREAM : 0;
    query.message = message.data();
    query.message_octets = message.size();
    query.name = message.data() + 12;
    query.name_octets = name.size_octets();
    query.labels = static_cast<std::uint16_t>(name.label_count());
    query.type = static_cast<std::uint16_t>(asked.type);
    query.klass = 1;
    query.peer = &peer;
    return filled(asked.tcp ? 65'535 : 1232,
                  [&](windlass_reply& reply) { return call(query, reply); });
  }

  windlass_host host_{};
  void* instance_ = nullptr;
  void* thread_ = nullptr;
};

inline constexpr const char* home_zone =
    "$TTL 1h\n"
    "@ SOA ns1 hostmaster 7 3600 900 604800 300\n"
    "@ NS ns1\n"
    "ns1 A 192.0.2.53\n"
    "www 5m A 192.0.2.80\n"
    "www 5m A 192.0.2.81\n"
    "mail MX 10 www\n"
    "alias CNAME elsewhere.example.net.\n"
    "txt TXT \"one string\" \"and another\"\n";
}  // namespace windlass::test
