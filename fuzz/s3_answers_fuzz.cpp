// SPDX-License-Identifier: Apache-2.0
// Answers of object stores: any bytes are a page of names, or an error that says what is wrong.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/s3/s3_answers.hpp"

namespace {

void check(bool is_right) {
  if (!is_right) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto page = hapax::read_page(body);
  check(page.has_value() || !page.error().message.empty());

  hapax::S3Answer answer;
  answer.body = body;
  for (const long status : {301L, 400L, 403L, 404L, 412L, 500L}) {
    answer.status = status;
    const hapax::Error error = hapax::error_of("get a", answer, {});
    check(error.text().find('\n') == std::string::npos);
    check(!hapax::says_that_nothing_is_there(answer) || status == 404);
  }
  return 0;
}
