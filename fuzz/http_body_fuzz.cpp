// Any body under any encoding: decoding ends, within the limits.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "collector/body_decoder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr const char* kEncodings[] = {"", "gzip", "deflate", "identity", "br"};
  constexpr hapax::BodyLimits kLimits{.raw_bytes = 4096, .decoded_bytes = 65'536};
  if (size == 0) {
    return 0;
  }
  static hapax::BodyDecoder decoder;
  std::string body(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto decoded = decoder.decode(body, kEncodings[data[0] % 5], kLimits);
  if (const auto* plain = std::get_if<std::string_view>(&decoded);
      plain != nullptr && plain->size() > kLimits.decoded_bytes) {
    std::abort();
  }
  return 0;
}
