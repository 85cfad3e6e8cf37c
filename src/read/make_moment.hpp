// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "read/view_moment.hpp"
#include "views/view_snapshot.hpp"

namespace hapax {

/// The moment that `publication` makes of the one before it; `before` may be null if it has what is
/// stored. `changed`: the cells that were in it, sorted. What is in `publication` goes over into
/// it.
SharedMoment make_moment(Publication& publication, const std::shared_ptr<const CellRun>& changed,
                         const ViewMoment* before);

}  // namespace hapax
