#include "test/bench/queries.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace windlass::bench {
namespace {
void append(Octets& to, std::initializer_list<std::uint8_t> octets) {
  to.insert(to.end(), octets);
}

void append_name(Octets& to, const std::string& name) {
  const std::size_t start = to.size();
  std::istringstream labels(name);
  for (std::string label; std::getline(labels, label, '.');) {
    if (label.empty() || label.size() > 63) throw std::runtime_error("no domain name: " + name);
    to.push_back(static_cast<std::uint8_t>(label.size()));
    to.insert(to.end(), label.begin(), label.end());
  }
  to.push_back(0);
  if (to.size() - start > 255) throw std::runtime_error("domain name too long: " + name);
}
}  // namespace

Octets query_for(const std::string& name, bool dnssec_ok) {
  Octets query;
  append(query,
         {0, 0, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 1});  // RD, one question, one additional record
  append_name(query, name);
  append(query, {0, 1, 0, 1});                  // A IN
  append(query, {0, 0, 41, 0x04, 0xD0, 0, 0});  // OPT, 1232 octets
  append(query, {static_cast<std::uint8_t>(dnssec_ok ? 0x80 : 0), 0, 0, 0});
  return query;
}

std::vector<Octets> queries_of_file(const std::string& path, bool dnssec_ok) {
  std::ifstream file(path);
  std::vector<Octets> queries;
  for (std::string name; std::getline(file, name);)
    if (!name.empty()) queries.push_back(query_for(name, dnssec_ok));
  if (queries.empty()) throw std::runtime_error("no names in " + path);
  return queries;
}
}  // namespace windlass::bench
