// player [--workers N] [--seed N] [--verbose] [--faults FILE] FILE|FOLDER...: plays scenarios, a
// line each, `N passed, N failed` at the end.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include "test/scenario/play.hpp"

namespace {
using namespace windlass;
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

std::string play_file(const fs::path& path, const PlayOptions& options, std::set<Fault>& told) {
  std::ifstream file(path);
  if (!file) return "cannot be read";
  std::ostringstream text;
  text << file.rdbuf();
  const auto script = read_script(text.str(), path.parent_path().string());
  if (!script) return "line " + std::to_string(script.error().line) + ": " + script.error().what;
  const std::string failure = play(*script, options, told);
  return failure.empty() ? failure : failure + "\n     if this fails: " + script->purpose;
}
/// Rows that `path` says are forced by another test, "key: where" a line.
std::set<std::string> forced_elsewhere(const fs::path& path) {
  std::set<std::string> keys;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (const auto colon = line.find(':'); colon != line.npos) keys.insert(line.substr(0, colon));
  return keys;
}

/// Rows of resolver and front that nobody forces, or that are listed though a scenario does.
unsigned unforced(const std::set<Fault>& told, const std::set<std::string>& elsewhere) {
  unsigned wrong = 0;
  for (const FaultRow& row : fault_table) {
    const bool ours =
        row.gets == Gets::failed || row.gets == Gets::refused || row.gets == Gets::synthetic;
    const bool listed = elsewhere.contains(std::string(row.key));
    if (!ours || told.contains(row.id) != listed) continue;
    std::cout << "FAIL " << row.key << ": "
              << (listed ? "a scenario forces it: take it off the list" : "no scenario forces it")
              << "\n";
    ++wrong;
  }
  return wrong;
}
}  // namespace

int main(int argc, char** argv) {
  PlayOptions options;
  unsigned passed = 0, failed = 0;
  std::set<Fault> told;
  std::string elsewhere;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--verbose")
      options.verbose = true;
    else if (word == "--workers" && i + 1 < argc)
      options.workers = static_cast<unsigned>(std::stoul(argv[++i]));
    else if (word == "--faults" && i + 1 < argc)
      elsewhere = argv[++i];
    else if (word == "--seed" && i + 1 < argc)
      options.seed = std::stoull(argv[++i]);
    else
      for (const auto& file : files_of(word)) {
        const std::string failure = play_file(file, options, told);
        ++(failure.empty() ? passed : failed);
        std::cout << (failure.empty() ? "ok   " : "FAIL ") << file.stem().string()
                  << (failure.empty() ? "" : ": " + failure) << "\n";
      }
  }
  if (!elsewhere.empty()) failed += unforced(told, forced_elsewhere(elsewhere));
  std::cout << passed << " passed, " << failed << " failed\n";
  return failed == 0 && passed > 0 ? 0 : 1;
}
