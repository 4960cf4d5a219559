// Files that are whole whenever one stops: replaced, read, and what is said when that cannot be.
#include "server/durable_file.hpp"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "validator/trust_anchors.hpp"

using namespace windlass;
using namespace windlass::server;
namespace fs = std::filesystem;

namespace {
/// A folder of its own, gone with the test.
class Folder {
 public:
  Folder() {
    std::string text = (fs::temp_directory_path() / "windlass-durable-XXXXXX").string();
    REQUIRE(::mkdtemp(text.data()) != nullptr);
    path_ = text;
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const char* name) const { return (path_ / name).string(); }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(path_), fs::directory_iterator()));
  }

 private:
  fs::path path_;
};

std::string text_at(const std::string& path) {
  const auto read = read_state(path);
  REQUIRE(read);
  return read->value_or("nothing");
}
}  // namespace

TEST_CASE("A file is replaced whole, and nothing is left beside it", "[server][durable]") {
  const Folder folder;
  const std::string path = folder.file("state");
  CHECK(text_at(path) == "nothing");
  REQUIRE(write_durably(path, "first\n"));
  CHECK(text_at(path) == "first\n");
  const std::string large(300'000, 'x');
  REQUIRE(write_durably(path, large));
  CHECK(text_at(path) == large);
  REQUIRE(write_durably(path, ""));
  CHECK(text_at(path).empty());
  CHECK(folder.files() == 1);
}

TEST_CASE("What an earlier process left half written is not in the way", "[server][durable]") {
  const Folder folder;
  const std::string path = folder.file("state");
  std::ofstream(path + ".new") << "half of something longer than what comes";
  REQUIRE(write_durably(path, "whole\n"));
  CHECK(text_at(path) == "whole\n");
  CHECK(folder.files() == 1);
}

TEST_CASE("What cannot be written or read is named, and the old text stands",
          "[server][durable][negative]") {
  const Folder folder;
  const auto nowhere = write_durably(folder.file("none/state"), "x");
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().text.find("none/state") != std::string::npos);
  const std::string path = folder.file("state");
  REQUIRE(write_durably(path, "old\n"));
  fs::create_directory(path + ".new");
  const auto blocked = write_durably(path, "new\n");
  REQUIRE_FALSE(blocked);
  CHECK(blocked.error().text.find("state.new") != std::string::npos);
  CHECK(text_at(path) == "old\n");
  const auto folder_read = read_state(path + ".new");
  REQUIRE_FALSE(folder_read);
  CHECK(folder_read.error().text.find("not a file") != std::string::npos);
  std::ofstream(path) << std::string((4u << 20) + 1, 'x');
  CHECK_FALSE(read_state(path));
}

namespace {
/// A text is good when it says so.
Result<int, validator::AnchorError> parse(std::string_view text) {
  if (text == "seven") return 7;
  return validator::AnchorError{3, "not seven"};
}
}  // namespace

TEST_CASE("A state is restored; what cannot be read is named and out of the way",
          "[server][durable]") {
  const Folder folder;
  const std::string path = folder.file("state");
  const auto none = restore_from(path, parse);
  REQUIRE(none);
  CHECK_FALSE(*none);
  REQUIRE(write_durably(path, "seven"));
  const auto good = restore_from(path, parse);
  REQUIRE(good);
  CHECK(*good == 7);
  REQUIRE(write_durably(path, "eight"));
  const auto bad = restore_from(path, parse);
  REQUIRE_FALSE(bad);
  CHECK(bad.error().text == path + ":3: not seven; set aside as " + path + ".bad");
  CHECK(text_at(path) == "nothing");
  CHECK(text_at(path + ".bad") == "eight");
  fs::create_directory(path);
  const auto directory = restore_from(path, parse);
  REQUIRE_FALSE(directory);
  CHECK(directory.error().text.starts_with(path + " cannot be read: not a file"));
}
