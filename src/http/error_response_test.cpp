// SPDX-License-Identifier: Apache-2.0
#include "http/error_response.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hapax {
namespace {

using testing::HasSubstr;

bool has_retry_after(const HttpResponse& response) {
  for (const auto& [name, value] : response.headers) {
    if (name == "Retry-After") {
      return true;
    }
  }
  return false;
}

TEST(ErrorResponseTest, EachKindHasItsStatusAndCode) {
  struct Case {
    ErrorKind kind;
    int status;
    std::string code;
  };
  const Case cases[] = {
      {ErrorKind::kInvalid, 400, "invalid_request"}, {ErrorKind::kTimedOut, 504, "not_reached"},
      {ErrorKind::kUnavailable, 503, "unavailable"}, {ErrorKind::kExhausted, 503, "unavailable"},
      {ErrorKind::kClosed, 503, "shutting_down"},    {ErrorKind::kCorrupt, 500, "data_damaged"},
      {ErrorKind::kInternal, 500, "internal_error"}};
  for (const Case& one : cases) {
    const auto response = error_response(Error{one.kind, "what", "what next"});
    EXPECT_EQ(response.status, one.status);
    EXPECT_THAT(response.body, HasSubstr("\"code\":\"" + one.code + "\""));
    EXPECT_THAT(response.body, HasSubstr("what; what next"));
    EXPECT_EQ(has_retry_after(response), one.status == 503);
  }
}

}  // namespace
}  // namespace hapax
