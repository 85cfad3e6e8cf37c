// SPDX-License-Identifier: Apache-2.0
#include "api/answer_headers.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace hapax {

HttpHandler::Respond with_answer_headers(HttpHandler::Respond respond) {
  using Header = std::pair<std::string_view, std::string_view>;
  static constexpr std::array<Header, 4> kHeaders{{{"Cache-Control", "no-store"},
                                                   {"X-Content-Type-Options", "nosniff"},
                                                   {"X-Frame-Options", "DENY"},
                                                   {"Referrer-Policy", "no-referrer"}}};
  return [respond = std::move(respond)](HttpResponse response) {
    for (const auto& [name, value] : kHeaders) {
      const bool is_there = std::ranges::any_of(
          response.headers, [&](const auto& header) { return header.first == name; });
      if (!is_there) {
        response.headers.emplace_back(name, value);
      }
    }
    respond(std::move(response));
  };
}

}  // namespace hapax
