// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "read/view_moment.hpp"
#include "views/publication.hpp"

namespace hapax {

struct MadeMoment {
  SharedMoment moment;
  RowChanges changes;  ///< Of the declared views that the one before it had, too.
};

/// The moment that `publication` makes of the one before it; `before` may be null if it has what is
/// stored. What is in `publication` goes over into it. The changes are all that there are if the
/// publication continues.
MadeMoment make_moment(Publication& publication, const ViewMoment* before);

}  // namespace hapax
