// SPDX-License-Identifier: Apache-2.0
// Any bytes: what decodes must encode to a record that decodes to the same event.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "record/event_wire.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto event = hapax::decode_event(input)) {
    std::string record;
    hapax::encode_event(*event, record);
    const auto again = hapax::decode_event(record);
    if (!again || !(*again == *event)) {
      std::abort();
    }
  }
  std::string_view rest = input;
  while (hapax::take_framed(rest)) {
  }
  return 0;
}
