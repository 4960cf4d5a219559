// load: a bounded stream of queries to one server over UDP; prints what came back as one JSON
// object.
#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "test/bench/generator.hpp"

namespace windlass::bench {
namespace {
constexpr std::array<const char*, 6> rcode_names{"NOERROR",  "FORMERR", "SERVFAIL",
                                                 "NXDOMAIN", "NOTIMP",  "REFUSED"};

nlohmann::json rcodes_of(const LoadResult& result) {
  nlohmann::json counts = nlohmann::json::object();
  for (std::size_t i = 0; i < result.rcodes.size(); ++i)
    if (result.rcodes[i] > 0)
      counts[i < rcode_names.size() ? rcode_names[i] : std::to_string(i)] = result.rcodes[i];
  return counts;
}

nlohmann::json latency_of(const Histogram& latency) {
  const auto us = [](std::uint64_t ns) { return static_cast<double>(ns) / 1000; };
  nlohmann::json buckets = nlohmann::json::array();
  for (const auto& [upper, count] : latency.buckets()) buckets.push_back({us(upper), count});
  return {{"p50", us(latency.quantile(0.5))},
          {"p99", us(latency.quantile(0.99))},
          {"p999", us(latency.quantile(0.999))},
          {"max", us(latency.max())},
          {"histogram", buckets}};
}

nlohmann::json described(const LoadResult& result) {
  return {{"sent", result.sent},         {"answered", result.answered},
          {"lost", result.lost},         {"stray", result.stray},
          {"octets", result.octets},     {"ad", result.authentic},
          {"tc", result.truncated},      {"seconds", result.seconds},
          {"rcodes", rcodes_of(result)}, {"latency_us", latency_of(result.latency)}};
}
}  // namespace
}  // namespace windlass::bench

int main(int count, char** words) try {
  windlass::bench::LoadOptions options;
  std::string names;
  bool dnssec_ok = false;
  CLI::App app{"Sends queries for A over UDP and prints counts and latencies as JSON."};
  app.add_option("--server", options.address, "IPv4 address")->capture_default_str();
  app.add_option("--port", options.port)->capture_default_str();
  app.add_option("--names", names, "file with a name a line, asked in turn")->required();
  app.add_option("--count", options.count, "queries in all")->capture_default_str();
  app.add_option("--seconds", options.seconds, "end after this time at the latest")
      ->capture_default_str();
  app.add_option("--window", options.window, "queries under way at most")->capture_default_str();
  app.add_option("--rate", options.rate, "queries a second by the clock; 0: as the window allows")
      ->capture_default_str();
  app.add_option("--timeout-ms", options.timeout_ms, "then a query is lost")->capture_default_str();
  app.add_flag("--do", dnssec_ok, "set DO");
  CLI11_PARSE(app, count, words);
  windlass::bench::Generator generator(options, windlass::bench::queries_of_file(names, dnssec_ok));
  std::cout << windlass::bench::described(generator.run()) << std::endl;
  return 0;
} catch (const std::exception& error) {
  std::cerr << "load: " << error.what() << "\n";
  return 1;
}
