// SPDX-License-Identifier: Apache-2.0
// Any body under any encoding: decoding ends, within the limits, and what is plain stays as it is.
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>

#include "collector/body_decoder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr const char* kEncodings[] = {"",   "gzip",       "deflate",       "identity",
                                        "br", "gzip, gzip", "gzip, deflate", "gzip,gzip,gzip"};
  constexpr hapax::BodyLimits kLimits{.raw_bytes = 4096, .decoded_bytes = 65'536};
  if (size == 0) {
    return 0;
  }
  static hapax::BodyDecoder decoder;
  const std::string sent(reinterpret_cast<const char*>(data + 1), size - 1);
  std::string body = sent;
  const auto decoded = decoder.decode(body, kEncodings[data[0] % std::size(kEncodings)], kLimits);
  const auto* plain = std::get_if<std::string_view>(&decoded);
  const bool begins_like_json = sent.starts_with('{') || sent.starts_with('[');
  if (plain != nullptr &&
      (plain->size() > kLimits.decoded_bytes || (begins_like_json && *plain != sent))) {
    std::abort();
  }
  return 0;
}
