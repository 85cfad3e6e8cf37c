// SPDX-License-Identifier: Apache-2.0
#include "views/make_cell.hpp"

#include <utility>

#include "stream/watermark.hpp"

namespace hapax {

std::optional<Cell> make_cell(const CellKeyParts& key, const CellSummary& summary,
                              EventTime watermark) {
  std::optional<CellName> name = decode_cell_group(key.start, key.group);
  if (!name) {
    return std::nullopt;
  }
  return Cell{.start = name->start,
              .source = std::move(name->source),
              .event = std::move(name->event),
              .count = summary.count,
              .users = summary.users,
              .final = is_closed(cell_end(name->start), watermark),
              .revision = summary.revision};
}

}  // namespace hapax
