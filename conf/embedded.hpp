#pragma once
/// The files that are part of the program: written into a source by embed.py when it is built.
#include <string_view>
namespace windlass::conf::embedded {
extern const std::string_view default_yaml, root_hints, root_key;
}
