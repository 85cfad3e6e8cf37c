// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/whole_cell_rows.hpp"

#include "bytes/bytes.hpp"
#include "stream/run_list.hpp"

namespace hapax {

WholeCellRows encode_whole(const ViewCell& cell, const MeasurePlan& plan) {
  RunList runs;
  WholeCellRows rows;
  if (cell.size > 0 && (plan.grows() || cell.heavy)) {
    ViewCell all(plan);
    all.combine(cell);
    if (CellDelta delta = all.take_delta(); delta.size() > 0) {
      runs.append(delta.size());
      ByteWriter out(rows.run);
      delta.encode(out);
    }
  }
  rows.summary = encode_summary(cell, runs);
  return rows;
}

}  // namespace hapax
