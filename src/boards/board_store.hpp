// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "documents/document_store.hpp"

namespace hapax {

/// The boards that come with the program: "product", "survey" and "web", over views that are built
/// in (docs/views.md).
std::vector<Document> made_boards();

/// The boards in `directory`, each as board_json() says it, beside those that are made. Errors:
/// those of the disk.
Result<std::unique_ptr<DocumentStore>> open_boards(std::string directory, Storage& storage,
                                                   Random& random);

}  // namespace hapax
