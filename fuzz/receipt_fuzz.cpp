// SPDX-License-Identifier: Apache-2.0
// Any text: what decodes must be the one text of its receipt.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "record/receipt.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto receipt = hapax::decode_receipt(text);
  if (receipt && hapax::encode_receipt(*receipt) != text) {
    std::abort();
  }
  return 0;
}
