// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace hapax {

/// True when `context`, an event's JSON or empty, names a library that is proven to set sentAt anew
/// each time that it sends a batch: a sentAt that is behind our clock is then its clock's error.
/// Most libraries set it once and keep it over hours of retries.
bool stamps_each_try(std::string_view context);

}  // namespace hapax
