// SPDX-License-Identifier: Apache-2.0
#include "http/error_body.hpp"

#include "json/json_text.hpp"

namespace hapax {

std::string error_body(int status, std::string_view code, std::string_view message) {
  std::string body = "{\"success\":false";
  for (const std::string_view name : {"code", "error"}) {
    append_json_member(name, code, body);
  }
  for (const std::string_view name : {"message", "detail", "error_description"}) {
    append_json_member(name, message, body);
  }
  return body.append(",\"status\":").append(std::to_string(status)).append("}");
}

}  // namespace hapax
