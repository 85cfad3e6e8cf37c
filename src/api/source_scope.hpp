// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/caller.hpp"
#include "http/http.hpp"
#include "read/row_query.hpp"

namespace hapax {

// What a key that is bound to sources gets: rows of views that group by source, of one of its
// sources at a time, however they are asked for.

/// Query string `query` with the source that the key alone can mean, where it names none: before
/// it is parsed, so that a cursor is of the same query.
std::string with_source_of(const ReadScope& scope, std::string query);

/// Why a key of `scope` may not read the view at all; nothing when it may.
std::optional<HttpResponse> refused_view(const ReadScope& scope, const ServedView& view);
/// Then: why it may not read the rows that are asked for by `where`.
std::optional<HttpResponse> refused_rows(const ReadScope& scope, const ServedView& view,
                                         const std::vector<GroupValue>& where);
/// Why it may not read what is of one source, or without one of any that it may read.
std::optional<HttpResponse> refused_source(const ReadScope& scope,
                                           const std::optional<std::string>& source);
/// The same of a path that is of all sources.
HttpResponse refused_path(const ReadScope& scope, std::string_view path);

}  // namespace hapax
