// Runs a fuzz target over the files of corpus folders, for builds without libFuzzer.
// Each input has memory of its own, so that the address sanitizer sees every octet read behind it.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "test/fuzz/oracle.hpp"

namespace {
std::vector<std::filesystem::path> files_in(const char* folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

void replay(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::vector<char> text{std::istreambuf_iterator<char>(in), {}};
  std::vector<std::uint8_t> octets(text.begin(), text.end());
  octets.shrink_to_fit();
  std::printf("%s\n", file.filename().c_str());
  std::fflush(stdout);  // the last line names the input should it end the process
  LLVMFuzzerTestOneInput(octets.data(), octets.size());
}
}  // namespace

int main(int count, char** arguments) {
  std::size_t replayed = 0;
  for (int i = 1; i < count; ++i)
    for (const auto& file : files_in(arguments[i])) replay(file), ++replayed;
  std::printf("%zu inputs replayed\n", replayed);
  return replayed > 0 ? 0 : 1;
}
