#include "control/http_session.hpp"

#include <optional>

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>

namespace windlass::control {
namespace {
namespace http = boost::beast::http;
using Parser = http::request_parser<http::empty_body>;
using Response = http::response<http::string_body>;
using Code = boost::beast::error_code;

std::string serialized(Response& response, bool head_only) {
  std::string out;
  http::response_serializer<http::string_body> serializer(response);
  serializer.split(head_only);
  Code error;
  while (!error && !(head_only ? serializer.is_header_done() : serializer.is_done())) {
    serializer.next(error, [&](Code&, const auto& buffers) {
      out += boost::beast::buffers_to_string(buffers);
      serializer.consume(boost::beast::buffer_bytes(buffers));
    });
  }
  return out;
}

std::string answer(HttpPage page, unsigned version, bool keep_alive, bool head_only) {
  Response response{static_cast<http::status>(page.status), version};
  response.set(http::field::server, "windlass");
  response.set(http::field::content_type, page.type);
  response.set(http::field::cache_control, "no-store");
  if (page.status == 405) response.set(http::field::allow, "GET, HEAD");
  response.body() = std::move(page.body);
  response.keep_alive(keep_alive);
  response.prepare_payload();
  return serialized(response, head_only);
}

unsigned status_of(const Code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  if (error == http::error::unexpected_body || error == http::error::body_limit) return 413;
  return error == http::error::bad_version ? 505 : 400;
}
}  // namespace

struct HttpSession::Impl {
  Pages pages;
  std::string waiting;  ///< octets not parsed yet
  std::optional<Parser> parser;
  bool closed = false;

  void next_request() {
    parser.emplace();
    parser->header_limit(head_octets);
    parser->eager(true);
  }

  void refuse(Step& step, unsigned status) {
    step.out +=
        answer({status, "text/plain; charset=utf-8", "not a request this server understands\n"}, 11,
               false, false);
    step.close = closed = true;
    waiting.clear();
  }

  /// One whole request: answered.
  void respond(Step& step) {
    const auto& request = parser->get();
    const bool head = request.method() == http::verb::head;
    const bool keep_alive = request.keep_alive();
    const auto target = request.target();
    HttpPage page = head || request.method() == http::verb::get
                        ? pages({target.data(), target.size()})
                        : HttpPage{405, "text/plain; charset=utf-8", "only GET and HEAD\n"};
    step.out += answer(std::move(page), request.version(), keep_alive, head);
    if (!keep_alive) step.close = closed = true;
  }

  /// True when a request was answered and more may wait.
  bool parse_one(Step& step) {
    if (waiting.empty() || closed) return false;
    Code error;
    const auto used = parser->put(boost::asio::buffer(waiting), error);
    waiting.erase(0, used);
    if (error == http::error::need_more) {
      if (waiting.size() > head_octets) refuse(step, 431);
      return false;
    }
    if (error) return refuse(step, status_of(error)), false;
    if (!parser->is_done()) return used > 0;
    respond(step);
    next_request();
    return true;
  }
};

HttpSession::HttpSession(Pages pages) : impl_(std::make_unique<Impl>()) {
  impl_->pages = std::move(pages);
  impl_->next_request();
}
HttpSession::~HttpSession() = default;
HttpSession::HttpSession(HttpSession&&) noexcept = default;

bool HttpSession::in_request() const noexcept {
  return !impl_->waiting.empty() || impl_->parser->got_some();
}

HttpSession::Step HttpSession::feed(std::span<const std::uint8_t> octets) {
  Step step;
  if (impl_->closed) return step.close = true, step;
  impl_->waiting.append(reinterpret_cast<const char*>(octets.data()), octets.size());
  while (impl_->parse_one(step)) {}
  return step;
}
}  // namespace windlass::control
