#pragma once
/// The whole text of a file, for the small files an operator writes.
#include <string>

#include "conf/settings.hpp"
namespace windlass::conf {
/// Refuses folders, pipes, sockets, and files of more than `most_octets`; the error names the file
/// and the cause.
Loaded<std::string> file_text(const std::string& path, std::size_t most_octets);
}  // namespace windlass::conf
