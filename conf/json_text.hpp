#pragma once
/// A YAML value as JSON text, and where each of its values stands: what a plugin is given.
#include <string>
#include <vector>

#include "conf/settings.hpp"
#include "conf/yaml_tree.hpp"
namespace windlass::conf {

struct JsonText {
  std::string text;
  std::vector<ValuePosition> positions;
};
/// Plain scalars that look like true, false, null or a number are those; all else, and what was
/// quoted, is a string.
JsonText json_of(const Value& value);
}  // namespace windlass::conf
