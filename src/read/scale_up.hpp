// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "views/runtime/view_cell.hpp"
#include "views/runtime/view_shape.hpp"

namespace hapax {

/// Makes of what a sample of the keys comes to an estimate of what all would: `share` is
/// KeyShares'. Counts, rates and sums are divided by it, which is right on average; others stay as
/// they are, those of the sample. All are said not to be exact, and of counts and rates, also of
/// what is yes or no of a key, how far off: as if each of what is counted were of another key,
/// which sessions need not be. With 1 nothing changes. Once.
void scale_up(double share, const ViewShape& shape, ViewCellValue& value);

}  // namespace hapax
