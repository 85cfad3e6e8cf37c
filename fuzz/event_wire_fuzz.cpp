// SPDX-License-Identifier: Apache-2.0
// Any bytes: what decodes must encode to a record that decodes to the same event; so must its
// numbering.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "record/event_wire.hpp"

namespace {

void require_same_numbering(std::string_view encoded) {
  if (const auto numbering = hapax::decode_numbering(encoded)) {
    const std::string written = hapax::encode_numbering(*numbering);
    const auto again = hapax::decode_numbering(written);
    if (!again || !(*again == *numbering)) {
      std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto event = hapax::decode_event(input)) {
    std::string record;
    hapax::encode_event(*event, record);
    const auto again = hapax::decode_event(record);
    if (!again || !(*again == *event)) {
      std::abort();
    }
    require_same_numbering(event->numbering);
  }
  require_same_numbering(input);
  std::string_view rest = input;
  while (hapax::take_framed(rest)) {
  }
  return 0;
}
