// SPDX-License-Identifier: Apache-2.0
#include "boards/board_store.hpp"

#include <utility>

#include "boards/board.hpp"

namespace hapax {

Result<std::unique_ptr<DocumentStore>> open_boards(std::string directory, Storage& storage,
                                                   Random& random) {
  return DocumentStore::open({.directory = std::move(directory),
                              .kind = "board",
                              .documents_max = kBoardsMax,
                              .bytes_max = kBoardBytesMax,
                              .made = made_boards()},
                             storage, random);
}

}  // namespace hapax
