#include "server/plugin_module.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>

#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

namespace windlass::server {
namespace {
namespace files = std::filesystem;
using Cause = std::optional<std::string>;

/// `strict`: not even sticky.
Cause writable_by_others(const files::path& path, const struct stat& found, bool strict) {
  const bool safe =
      (found.st_mode & (S_IWGRP | S_IWOTH)) == 0 || (!strict && (found.st_mode & S_ISVTX) != 0);
  if (safe) return {};
  std::array<char, 16> mode{};
  std::snprintf(mode.data(), mode.size(), "%04o", static_cast<unsigned>(found.st_mode & 07777u));
  return path.string() + " is writable by others than its owner (mode " + mode.data() + ")";
}

Cause distrust_one(const files::path& path, bool strict) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return path.string() + ": " + std::strerror(errno);
  if (found.st_uid != 0 && found.st_uid != ::geteuid())
    return path.string() + " is owned by user " + std::to_string(found.st_uid) +
           ", neither root nor the one starting this";
  return writable_by_others(path, found, strict);
}

/// The file, its folder, then the folders above.
Cause distrust(const files::path& file) {
  if (auto cause = distrust_one(file, true)) return cause;
  files::path folder = file.parent_path();
  if (auto cause = distrust_one(folder, true)) return cause;
  while (folder != folder.root_path()) {
    folder = folder.parent_path();
    if (auto cause = distrust_one(folder, false)) return cause;
  }
  return {};
}

files::path place_of(const std::string& path, const std::string& plugin_dir) {
  const files::path named =
      path.find('/') == path.npos ? files::path(plugin_dir) / path : files::path(path);
  std::error_code ignored;
  return files::absolute(named, ignored).lexically_normal();
}

/// What dlopen or dlsym said last, without the file name that the caller names anyway.
std::string loader_words(const std::string& path) {
  const char* said = ::dlerror();
  const std::string words = said != nullptr ? said : "no reason given";
  const std::string prefix = path + ": ";
  return words.compare(0, prefix.size(), prefix) == 0 ? words.substr(prefix.size()) : words;
}

std::string version_text(std::uint32_t major, std::uint32_t minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

/// The descriptor as far as both sides know it.
windlass_plugin known_part(const windlass_plugin& descriptor) {
  windlass_plugin known{};
  std::memcpy(&known, &descriptor, std::min<std::size_t>(descriptor.size, sizeof known));
  return known;
}

constexpr std::uint32_t least_size =
    offsetof(windlass_plugin, destroy) + sizeof(windlass_plugin::destroy);

Cause unfit(const windlass_plugin* descriptor) {
  const std::string ours = version_text(WINDLASS_PLUGIN_MAJOR, WINDLASS_PLUGIN_MINOR);
  if (descriptor == nullptr)
    return "it refuses plugin ABI " + ours + ", which this windlass speaks";
  if (descriptor->size < offsetof(windlass_plugin, counter_count))
    return std::string("its descriptor has no version");
  if (descriptor->major != WINDLASS_PLUGIN_MAJOR)
    return "it speaks plugin ABI " + version_text(descriptor->major, descriptor->minor) +
           ", this windlass speaks " + ours;
  if (descriptor->size < least_size)
    return "its descriptor has " + std::to_string(descriptor->size) + " octets, at least " +
           std::to_string(least_size) + " were expected";
  const bool whole = descriptor->name != nullptr && descriptor->version != nullptr &&
                     descriptor->create != nullptr && descriptor->match != nullptr &&
                     descriptor->answer != nullptr && descriptor->destroy != nullptr;
  if (!whole) return "its descriptor lacks name, version, create, match, answer or destroy";
  const bool counters = descriptor->counter_count <= 64 &&
                        (descriptor->counter_count == 0 || descriptor->counters != nullptr);
  if (!counters) return "its descriptor has a list of counters that is missing or longer than 64";
  return {};
}
}  // namespace

Result<PluginModule, std::string> PluginModule::open(const std::string& path,
                                                     const std::string& plugin_dir,
                                                     std::string& found) {
  const files::path named = place_of(path, plugin_dir);
  found = named.string();
  std::error_code error;
  const files::path real = files::canonical(named, error);
  if (error) return error.message();
  if (!files::is_regular_file(real, error)) return std::string("is no regular file");
  for (const files::path& way : {named, real})
    if (auto cause = distrust(way)) return "not trusted: " + *cause;
  found = real.string();
  void* const module = ::dlopen(real.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) return "cannot be loaded: " + loader_words(found);
  auto* const entry =
      reinterpret_cast<windlass_plugin_entry*>(::dlsym(module, WINDLASS_PLUGIN_SYMBOL));
  if (entry == nullptr)
    return "is no plugin for ABI " + std::to_string(WINDLASS_PLUGIN_MAJOR) +
           ": it exports no " WINDLASS_PLUGIN_SYMBOL;
  const windlass_plugin* const descriptor = entry(WINDLASS_PLUGIN_MAJOR, WINDLASS_PLUGIN_MINOR);
  if (auto cause = unfit(descriptor)) return *cause;
  return PluginModule{found, known_part(*descriptor)};
}
}  // namespace windlass::server
