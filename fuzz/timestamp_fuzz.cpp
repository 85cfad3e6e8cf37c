// SPDX-License-Identifier: Apache-2.0
// Any text as a time: what can be read is shown as a text that reads back to the same time.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/decimal_digits.hpp"
#include "core/timestamp.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string ascii = hapax::with_ascii_digits(text);
  if (ascii.size() > size || hapax::with_ascii_digits(ascii) != ascii) {
    std::abort();
  }
  const auto read = hapax::read_timestamp(text);
  if (!read) {
    return 0;
  }
  if (read != hapax::read_timestamp(ascii)) {
    std::abort();
  }
  const auto again = hapax::read_timestamp(hapax::to_iso8601(read->time));
  if (!again || again->time != read->time || !again->has_zone || again->in_seconds) {
    std::abort();
  }
  return 0;
}
