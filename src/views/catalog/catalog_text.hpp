// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "views/catalog/view_catalog.hpp"

namespace hapax {

/// The text of a catalog: JSON, a line a view. Format: docs/formats/catalog.md, version 1.
std::string encode_catalog(const ViewCatalog& catalog);
/// Errors: kCorrupt; kInvalid, written by a newer version.
Result<ViewCatalog> decode_catalog(std::string_view text);

}  // namespace hapax
