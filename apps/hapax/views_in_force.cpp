// SPDX-License-Identifier: Apache-2.0
#include "views_in_force.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <string>

namespace hapax {
namespace {

/// What became of `view`, which is as `before` was, if it was.
const char* news_of(const CatalogView& view, const CatalogView* before) {
  if (before == nullptr) {
    return "A view was declared; the log so far is counted into it.";
  }
  if (before->origin == ViewOrigin::kApi && view.origin == ViewOrigin::kFile) {
    return before->id == view.id
               ? "hapax.toml has taken over a view that was declared over HTTP."
               : "hapax.toml has taken over the name of a view that was declared over HTTP; the "
                 "log so far is counted into it anew.";
  }
  if (before->id != view.id) {
    return "A view was changed; the log so far is counted into it anew.";
  }
  if (view.retired_at && !before->retired_at) {
    return "A view is declared no more; it is kept for a week.";
  }
  return "A view is declared by somebody else now, or again.";
}

void say_changes(const ViewCatalog& before, const ViewCatalog& after) {
  for (const CatalogView& view : after.views) {
    const CatalogView* const there = before.find(view.spec.name);
    if (there == nullptr || *there != view) {
      const std::string was = there == nullptr ? ""
                                               : fmt::format(" former_id={} former_origin={}",
                                                             there->id, origin_text(there->origin));
      spdlog::info("msg=\"{}\" view={} id={} origin={}{}", news_of(view, there), view.spec.name,
                   view.id, origin_text(view.origin), was);
    }
  }
}

}  // namespace

Result<void> put_in_force(const std::vector<DeclaredView>& declared, ViewKeeper::History history,
                          const Clock& clock, ViewKeeper& keeper) {
  const auto take_in = [&](const ViewCatalog& catalog) {
    return with_declared(catalog, declared, clock.now());
  };
  HAPAX_ASSIGN(const auto changed, keeper.change(take_in, history));
  say_changes(*changed.before, *changed.after);
  return {};
}

}  // namespace hapax
