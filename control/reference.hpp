#pragma once
/// The reference documents that are printed from tables, as Markdown. `settings` is
/// conf::settings_reference(), `failures` failures_reference().
#include <string>
namespace windlass::control {
std::string commands_reference();
std::string metrics_reference();
std::string limits_reference();
std::string responses_reference();
std::string special_names_reference();
}  // namespace windlass::control
