#pragma once
/// What tests of configuration files share: a text as windlass.yaml, and mistakes in one.
#include <catch2/catch.hpp>

#include "conf/settings.hpp"
namespace windlass::conf {

inline const control::Place at_root{true, "", ""};

inline Loaded<Settings> load(const std::string& text) {
  return load_text(text, "windlass.yaml", at_root);
}

struct Mistake {
  const char* text;
  std::size_t line, column;
  const char *code, *says;
};

/// The file is refused, and the message has place, code and words.
inline void check_told(const Mistake& mistake) {
  CAPTURE(mistake.text);
  const auto settings = load(mistake.text);
  REQUIRE_FALSE(settings);
  const ConfError& error = settings.error();
  CAPTURE(error.to_text());
  CHECK(error.line == mistake.line);
  CHECK(error.column == mistake.column);
  CHECK(std::string(error.code) == mistake.code);
  CHECK(error.text.find(mistake.says) != std::string::npos);
  CHECK(error.to_text().starts_with("windlass.yaml:" + std::to_string(mistake.line) + ":" +
                                    std::to_string(mistake.column) + ": "));
}
}  // namespace windlass::conf
