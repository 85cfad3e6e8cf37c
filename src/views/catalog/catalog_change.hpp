// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "views/catalog/view_catalog.hpp"

namespace hapax {

/// Most views of a catalog beside those that are built in; those that were taken out and are still
/// kept are among them.
constexpr std::size_t kViewsMax = 100;
/// Longest text of a spec, as sent and as view_json().
constexpr std::size_t kSpecBytesMax = 16U << 10U;
/// How long a view is kept, and counts, after nobody declares it any more.
constexpr Microseconds kRetiredViewsKept = std::chrono::hours(24 * 7);

/// Two texts of one meaning are the same spec.
bool is_same_spec(const ViewSpec& left, const ViewSpec& right);

/// Each of the functions below returns the catalog that comes next, of the next number, or the same
/// one when nothing changes. A spec that is equal to the one there is changes no id.
///
/// By the API. Errors: kInvalid, saying why the catalog stays as it is: the name is reserved or has
/// another spec, the view is declared elsewhere or not there, what is declared cannot be counted or
/// is too much.
Result<ViewCatalog> with_added(const ViewCatalog& catalog, const ViewSpec& spec);
/// Gives the view of that name another spec.
Result<ViewCatalog> with_changed(const ViewCatalog& catalog, const ViewSpec& spec);
/// The same spec under a new id, so that it is counted anew. Whoever declares it goes on doing so.
Result<ViewCatalog> with_rebuilt(const ViewCatalog& catalog, std::string_view name);
/// Without the view, from now on.
Result<ViewCatalog> with_dropped(const ViewCatalog& catalog, std::string_view name);

/// What a start declares: a view of the settings file, or a built-in one.
struct DeclaredView {
  ViewSpec spec;
  ViewOrigin origin;
};
/// With `declared`; those of an earlier start that are not among them are taken out at `now`. Of
/// one name the settings file beats the API, which beats what is built in. Errors: as above.
Result<ViewCatalog> with_declared(const ViewCatalog& catalog,
                                  const std::vector<DeclaredView>& declared, ProcessingTime now);

/// Without those that were taken out kRetiredViewsKept ago.
ViewCatalog without_expired(const ViewCatalog& catalog, ProcessingTime now);

/// A view that is in both under one name with different ids: it is to be counted anew.
std::optional<std::string> remade_view(const ViewCatalog& before, const ViewCatalog& after);

}  // namespace hapax
