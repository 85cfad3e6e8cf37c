// SPDX-License-Identifier: Apache-2.0
#include "stream/window/window_spec.hpp"

#include "zones/time_zone.hpp"

namespace hapax {
namespace {

Error invalid(std::string message, std::string hint = "") {
  return {.kind = ErrorKind::kInvalid, .message = std::move(message), .hint = std::move(hint)};
}

Result<void> check_fixed(const WindowSpec& spec) {
  if (spec.length <= Microseconds(0)) {
    return invalid("a window's length must be positive");
  }
  if (spec.advance <= Microseconds(0)) {
    return invalid("a window's advance must be positive");
  }
  if (spec.advance > spec.length) {
    return invalid(
        "the advance exceeds the window's length, so events between two windows would "
        "be in none",
        "make it at most the length");
  }
  if (spec.length % spec.advance != Microseconds(0)) {
    return invalid("the advance does not divide the window's length",
                   "make the length a multiple of the advance");
  }
  if (const auto windows = spec.length / spec.advance; windows > WindowSpec::kWindowsPerEventMax) {
    return invalid("each event would belong to " + std::to_string(windows) + " windows",
                   "make the advance at least a " +
                       std::to_string(WindowSpec::kWindowsPerEventMax) + "th of the length");
  }
  return {};
}

}  // namespace

WindowSpec tumbling(Microseconds length) {
  return hopping(length, length);
}

WindowSpec hopping(Microseconds length, Microseconds advance) {
  WindowSpec spec;
  spec.kind = WindowKind::kFixed;
  spec.length = length;
  spec.advance = advance;
  return spec;
}

Result<void> check_window(const WindowSpec& spec) {
  if (spec.session_gap && *spec.session_gap <= Microseconds(0)) {
    return invalid("the gap that ends a session must be positive");
  }
  if (spec.kind == WindowKind::kFixed) {
    return check_fixed(spec);
  }
  if (spec.kind == WindowKind::kNone) {
    return {};
  }
  HAPAX_ASSIGN([[maybe_unused]] const TimeZone zone, TimeZone::find(spec.zone));
  return {};
}

}  // namespace hapax
