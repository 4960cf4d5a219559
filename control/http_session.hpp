#pragma once
/// HttpSession: the HTTP/1.1 side of one connection to the metrics page. Octets in, octets out; no
/// socket. The one door to Boost.Beast is http_session.cpp.
///
/// Understands GET and HEAD without a body, keep-alive and pipelining. A request's head is at most
/// head_octets. What is malformed or too large is answered with its status and the connection ends.
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
namespace windlass::control {

struct HttpPage {
  unsigned status = 200;
  std::string type = "text/plain; charset=utf-8", body;
};

class HttpSession {
 public:
  static constexpr std::size_t head_octets = 8192;
  /// Makes the page of a target ("/metrics"); called for GET and HEAD only.
  using Pages = std::function<HttpPage(std::string_view target)>;

  explicit HttpSession(Pages pages);
  ~HttpSession();
  HttpSession(HttpSession&&) noexcept;

  struct Step {
    std::string out;     ///< to be written
    bool close = false;  ///< once it is written
  };
  Step feed(std::span<const std::uint8_t> octets);
  /// True while a request has begun that is not whole yet.
  bool in_request() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};
}  // namespace windlass::control
