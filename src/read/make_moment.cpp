// SPDX-License-Identifier: Apache-2.0
#include "read/make_moment.hpp"

#include <utility>

namespace hapax {

SharedMoment make_moment(Publication& publication, const std::shared_ptr<const CellRun>& changed,
                         const ViewMoment* before) {
  ViewSnapshot view = publication.stored
                          ? ViewSnapshot(std::move(publication.stored),
                                         std::move(publication.tables), publication.seed)
                          : before->view;
  view.add(changed);
  return std::make_shared<const ViewMoment>(
      ViewMoment{.view = std::move(view),
                 .processed = std::move(publication.processed),
                 .watermark = publication.watermark});
}

}  // namespace hapax
