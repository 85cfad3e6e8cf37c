#include "adapters/http/response_head.hpp"

#include <fmt/format.h>

#include <boost/beast/http/status.hpp>
#include <iterator>
#include <string_view>

namespace hapax {
namespace {

std::string_view reason_phrase(int status) {
  const auto text = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(status)));
  return {text.data(), text.size()};
}

}  // namespace

std::string response_head(const HttpResponse& response, bool keep_alive) {
  std::string head;
  head.reserve(256);
  auto out = std::back_inserter(head);
  fmt::format_to(out, "HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
  if (response.on_stream) {
    fmt::format_to(out, "Connection: close\r\n");
  } else {
    fmt::format_to(out, "Connection: {}\r\n", keep_alive ? "keep-alive" : "close");
    if (response.status != 204) {  // RFC 9110, 8.6: no length where there can be no content.
      fmt::format_to(out, "Content-Length: {}\r\n", response.body.size());
    }
  }
  if (!response.content_type.empty()) {
    fmt::format_to(out, "Content-Type: {}\r\n", response.content_type);
  }
  for (const auto& [name, value] : response.headers) {
    fmt::format_to(out, "{}: {}\r\n", name, value);
  }
  head += "\r\n";
  return head;
}

}  // namespace hapax
