// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace hapax {

/// Whether a client takes `coding` ("br", "gzip"), by its Accept-Encoding (RFC 9110, 12.5.3):
/// named, or covered by "*", and not with q=0. Without the header nothing but the plain file is.
bool accepts_coding(std::string_view accept_encoding, std::string_view coding);

}  // namespace hapax
