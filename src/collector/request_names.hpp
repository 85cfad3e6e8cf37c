// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "core/text_place.hpp"
#include "core/time.hpp"
#include "ports/name_limit.hpp"

namespace hapax {

/// Asks the limit for the names of one request, and for a name that comes again mostly not a second
/// time: the events of a batch have few names. Threading: one owner. Lifetime: the limit and the
/// names must outlive it.
class RequestNames {
 public:
  RequestNames(NameLimit& limit, std::string_view source, ProcessingTime received_at)
      : limit_(limit), source_(source), received_at_(received_at) {}

  /// `name` is not empty.
  bool admit(std::string_view name) {
    std::string_view& admitted = admitted_[text_place(name, kPlaces)];
    if (admitted == name) {
      return true;
    }
    if (!limit_.admit(source_, name, received_at_)) {
      return false;
    }
    admitted = name;
    return true;
  }

 private:
  static constexpr std::size_t kPlaces = 32;

  NameLimit& limit_;
  const std::string_view source_;
  const ProcessingTime received_at_;
  std::array<std::string_view, kPlaces> admitted_{};
};

}  // namespace hapax
