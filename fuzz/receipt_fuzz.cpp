// SPDX-License-Identifier: Apache-2.0
// Any text: what decodes must be the one text of its receipt. Any bytes, as a receipt: its text
// must decode to it.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "record/receipt.hpp"

namespace {

using namespace hapax;  // NOLINT: a fuzz target.

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

std::uint64_t take(std::string_view& bytes) {
  std::uint64_t value = 0;
  const std::size_t size = bytes.size() < sizeof(value) ? bytes.size() : sizeof(value);
  std::memcpy(&value, bytes.data(), size);
  bytes.remove_prefix(size);
  return value;
}

/// Its log, then steps from partition to partition and their ends.
Receipt receipt_of(std::string_view bytes) {
  Receipt receipt{.log = LogId(take(bytes))};
  for (std::uint32_t partition = 0; !bytes.empty(); ++partition) {
    partition += static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    receipt.ends.push_back({.partition = PartitionId(partition), .end = Offset(take(bytes))});
  }
  return receipt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto decoded = decode_receipt(text);
  require(!decoded || encode_receipt(*decoded) == text);
  const Receipt receipt = receipt_of(text);
  const auto again = decode_receipt(encode_receipt(receipt));
  require(again && *again == receipt);
  return 0;
}
