#pragma once
// A folder that goes away, and a serve.mdb written row by row.
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <stdlib.h>

#include "auth-plugin/store/lmdb.hpp"
#include "auth-plugin/store/node.hpp"
#include "auth-plugin/store/serve_reader.hpp"
namespace windlass::auth::test {

using Bytes = std::vector<std::uint8_t>;

inline Octets octets(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "windlass-store-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline Bytes read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void write_file(const std::string& path, const Bytes& octets) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(octets.data()),
            static_cast<std::streamsize>(octets.size()));
}

/// A value of a result that must be there.
template <class T>
T must(StoreResult<T> result) {
  INFO((result ? std::string() : result.error().text));
  REQUIRE(result);
  return *std::move(result);
}

/// The error of a result that must not be there.
template <class T>
StoreError fault_of(const StoreResult<T>& result) {
  REQUIRE_FALSE(result);
  return result.error();
}

/// One RRset's record as a node holds it.
inline Bytes rdatas(const std::vector<std::string>& each) {
  Bytes out;
  for (const std::string& rdata : each) {
    const auto octets = static_cast<std::uint16_t>(rdata.size());
    out.resize(out.size() + 2);
    std::memcpy(out.data() + out.size() - 2, &octets, 2);
    out.insert(out.end(), rdata.begin(), rdata.end());
  }
  return out;
}

/// serve.mdb with its three tables.
struct Serve {
  std::shared_ptr<Environment> env;
  TableHandle node, nsec3, state;

  explicit Serve(const std::string& path, std::uint64_t map_octets = std::uint64_t{1} << 30)
      : env(must(Environment::open({.path = path, .map_octets = map_octets, .sync = false}))),
        node(must(env->table("node"))),
        nsec3(must(env->table("nsec3"))),
        state(must(env->table("state"))) {}
  void put(TableHandle table, Octets key, Octets value) const {
    auto txn = must(WriteTransaction::begin(env));
    must(txn.put(table, key, value));
    must(txn.commit());
  }
};
}  // namespace windlass::auth::test
