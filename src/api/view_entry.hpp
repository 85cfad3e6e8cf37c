// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "views/catalog/view_catalog.hpp"
#include "views/runtime/row_extent.hpp"
#include "views/runtime/view_report.hpp"

namespace hapax {

/// How the views of `catalog` stand, as JSON for GET /api/views: that which is built in, then by
/// name. A view without a report is still to be taken up by whoever counts.
std::string views_json(const ViewCatalog& catalog, const std::vector<ViewReport>& reports);

/// One of them, as what a change of it answers. `message`: what happens next; none when empty.
std::string changed_json(const CatalogView& view, const ViewReport& report,
                         std::string_view message);

/// One of them with all that is known of it, for GET /api/views/{name}/explain. `extent`: nothing
/// when it is not known.
std::string explain_json(const CatalogView& view, const ViewReport& report,
                         const std::optional<RowExtent>& extent);

/// That of `view`, or one that says that it waits.
ViewReport report_of(const CatalogView& view, const std::vector<ViewReport>& reports);

}  // namespace hapax
