// SPDX-License-Identifier: Apache-2.0
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

void write_response_head(const HttpResponse& response, bool keep_alive, std::string_view date,
                         std::string& head) {
  head.clear();
  auto out = std::back_inserter(head);
  fmt::format_to(out, "HTTP/1.1 {} {}\r\nDate: {}\r\nConnection: {}\r\n", response.status,
                 reason_phrase(response.status), date, keep_alive ? "keep-alive" : "close");
  // RFC 9110, 8.6: no length where there can be no content.
  if (!response.on_stream && response.status != 204 && response.status != 304) {
    fmt::format_to(out, "Content-Length: {}\r\n", response.body.size());
  }
  if (!response.content_type.empty()) {
    fmt::format_to(out, "Content-Type: {}\r\n", response.content_type);
  }
  for (const auto& [name, value] : response.headers) {
    fmt::format_to(out, "{}: {}\r\n", name, value);
  }
  head += "\r\n";
}

}  // namespace hapax
