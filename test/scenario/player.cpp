// player [--workers N] [--seed N] [--verbose] FILE|FOLDER...: plays scenarios, a line each, `N
// passed, N failed` at the end.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "test/scenario/play.hpp"

namespace {
using namespace windlass::scenario;
namespace fs = std::filesystem;

std::vector<fs::path> files_of(const fs::path& path) {
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(path))
    if (entry.path().extension() == ".rpl") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::string play_file(const fs::path& path, const PlayOptions& options) {
  std::ifstream file(path);
  if (!file) return "cannot be read";
  std::ostringstream text;
  text << file.rdbuf();
  const auto script = read_script(text.str(), path.parent_path().string());
  if (!script) return "line " + std::to_string(script.error().line) + ": " + script.error().what;
  const std::string failure = play(*script, options);
  return failure.empty() ? failure : failure + "\n     if this fails: " + script->purpose;
}
}  // namespace

int main(int argc, char** argv) {
  PlayOptions options;
  unsigned passed = 0, failed = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--verbose")
      options.verbose = true;
    else if (word == "--workers" && i + 1 < argc)
      options.workers = static_cast<unsigned>(std::stoul(argv[++i]));
    else if (word == "--seed" && i + 1 < argc)
      options.seed = std::stoull(argv[++i]);
    else
      for (const auto& file : files_of(word)) {
        const std::string failure = play_file(file, options);
        ++(failure.empty() ? passed : failed);
        std::cout << (failure.empty() ? "ok   " : "FAIL ") << file.stem().string()
                  << (failure.empty() ? "" : ": " + failure) << "\n";
      }
  }
  std::cout << passed << " passed, " << failed << " failed\n";
  return failed == 0 && passed > 0 ? 0 : 1;
}
