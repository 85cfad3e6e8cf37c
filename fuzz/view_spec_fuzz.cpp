// SPDX-License-Identifier: Apache-2.0
// Any text as a view in JSON: what is taken has one text, which reads back to it.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "views/spec/view_spec.hpp"

namespace hapax {
namespace {

void require_one_text(const ViewSpec& spec) {
  const auto again = parse_view_json(view_json(spec));
  if (!again || *again != spec || view_json(*again) != view_json(spec) ||
      !check_window(spec.window)) {
    std::abort();
  }
}

}  // namespace
}  // namespace hapax

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto spec = hapax::parse_view_json(text)) {
    hapax::require_one_text(*spec);
  }
  return 0;
}
