// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ports/random.hpp"

namespace hapax {

/// A random UUID (RFC 9562, version 4) in its usual text, for events whose client made no id.
std::string make_message_id(Random& random);

}  // namespace hapax
