#pragma once
/// PluginStream: the messages of one zone transfer, as a plugin makes them.
#include <array>
#include <memory>

#include "server/plugin_handle.hpp"
namespace windlass::server {

class PluginStream final : public resolver::LocalZones::Stream {
 public:
  /// `open_streams` counts this one as long as it lives.
  PluginStream(std::shared_ptr<PluginHandle> handle, void* stream, std::array<std::uint8_t, 2> id,
               std::shared_ptr<std::size_t> open_streams);
  ~PluginStream() override;
  std::optional<Part> next(std::span<std::uint8_t> out) override;

 private:
  std::shared_ptr<PluginHandle> handle_;
  void* stream_;
  std::array<std::uint8_t, 2> id_;
  std::shared_ptr<std::size_t> open_streams_;
};
}  // namespace windlass::server
