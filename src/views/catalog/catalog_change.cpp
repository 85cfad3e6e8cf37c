// SPDX-License-Identifier: Apache-2.0
#include "views/catalog/catalog_change.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/time_math.hpp"
#include "views/runtime/view_plan.hpp"
#include "views/spec/new_spec.hpp"

namespace hapax {
namespace {

Error refused(std::string_view name, std::string_view why, std::string hint) {
  return {.kind = ErrorKind::kInvalid,
          .message = fmt::format("view \"{}\": {}", name, why),
          .hint = std::move(hint)};
}

std::string_view name_of(const CatalogView& view) {
  return view.spec.name;
}

/// Where a view of that name is, or would be.
auto place_of(std::string_view name, std::vector<CatalogView>& views) {
  return std::ranges::lower_bound(views, name, {}, name_of);
}

std::string id_of(std::string_view name, std::uint32_t number) {
  return fmt::format("{}.{}", name, number);
}

/// A plan is made of it as it will be counted.
Result<void> check(const ViewSpec& spec) {
  if (const std::size_t bytes = view_json(spec).size(); bytes > kSpecBytesMax) {
    return refused(spec.name,
                   fmt::format("its spec has {} bytes, {} are the most", bytes, kSpecBytesMax),
                   "split it into several views");
  }
  HAPAX_TRY(check_new_spec(spec));
  ViewInputs inputs;
  if (const auto plan = ViewPlan::create(spec, inputs, 0); !plan) {
    return refused(spec.name, plan.error().message, plan.error().hint);
  }
  return {};
}

/// Views that are not built in.
std::size_t count_own(const ViewCatalog& catalog) {
  return static_cast<std::size_t>(std::ranges::count_if(
      catalog.views, [](const CatalogView& view) { return view.origin != ViewOrigin::kBuiltIn; }));
}

/// Puts `spec` in; under the id that is there when it says the same. Of the number of `to`.
Result<void> put(const ViewSpec& spec, ViewOrigin origin, ViewCatalog& to) {
  const auto at = place_of(spec.name, to.views);
  const bool is_there = at != to.views.end() && at->spec.name == spec.name;
  if (is_there && is_same_spec(at->spec, spec)) {
    at->origin = origin;
    at->retired_at.reset();
    return {};
  }
  HAPAX_TRY(check(spec));
  CatalogView view{.id = id_of(spec.name, to.number), .spec = spec, .origin = origin};
  if (is_there) {
    *at = std::move(view);
    return {};
  }
  if (origin != ViewOrigin::kBuiltIn && count_own(to) >= kViewsMax) {
    return refused(
        spec.name,
        fmt::format("there are {} views beside those built in, which are the most", kViewsMax),
        "drop one first");
  }
  to.views.insert(at, std::move(view));
  return {};
}

ViewCatalog next_of(const ViewCatalog& catalog) {
  ViewCatalog next = catalog;
  ++next.number;
  return next;
}

/// `next`, or `catalog` when it says the same.
ViewCatalog changed(const ViewCatalog& catalog, ViewCatalog next) {
  if (next.views == catalog.views) {
    return catalog;
  }
  return next;
}

/// Of a view that the API may not change.
std::optional<Error> declared_elsewhere(const CatalogView& view) {
  if (view.retired_at || view.origin == ViewOrigin::kApi) {
    return std::nullopt;
  }
  return view.origin == ViewOrigin::kFile
             ? refused(view.spec.name, "it is declared in hapax.toml", "change it there")
             : refused(view.spec.name, "it is one of the views that are built in",
                       "take it out of views.defaults first");
}

/// The view of that name, which is there.
Result<const CatalogView*> require(const ViewCatalog& catalog, std::string_view name) {
  const CatalogView* view = catalog.find(name);
  if (view == nullptr) {
    return refused(name, "there is none of that name", "declare it first");
  }
  return view;
}

Result<ViewCatalog> with_spec(const ViewCatalog& catalog, const ViewSpec& spec) {
  ViewCatalog next = next_of(catalog);
  HAPAX_TRY(put(spec, ViewOrigin::kApi, next));
  return changed(catalog, std::move(next));
}

bool is_declared(std::string_view name, const std::vector<DeclaredView>& declared) {
  return std::ranges::any_of(declared,
                             [name](const DeclaredView& one) { return one.spec.name == name; });
}

/// Somebody whose word counts for more has declared one of its name.
bool is_overruled(const DeclaredView& view, const ViewCatalog& catalog,
                  const std::vector<DeclaredView>& declared) {
  if (view.origin != ViewOrigin::kBuiltIn) {
    return false;
  }
  const CatalogView* there = catalog.find(view.spec.name);
  return (there != nullptr && there->origin == ViewOrigin::kApi && !there->retired_at) ||
         std::ranges::any_of(declared, [&](const DeclaredView& other) {
           return other.origin == ViewOrigin::kFile && other.spec.name == view.spec.name;
         });
}

}  // namespace

bool is_same_spec(const ViewSpec& left, const ViewSpec& right) {
  return view_json(left) == view_json(right);
}

Result<ViewCatalog> with_added(const ViewCatalog& catalog, const ViewSpec& spec) {
  const CatalogView* there = catalog.find(spec.name);
  if (there != nullptr && !there->retired_at) {
    if (is_same_spec(there->spec, spec)) {
      return catalog;
    }
    if (const auto elsewhere = declared_elsewhere(*there)) {
      return *elsewhere;
    }
    return refused(
        spec.name, "it is there with another spec",
        fmt::format("PUT /api/views/{0} changes it, or hapax view add --replace", spec.name));
  }
  return with_spec(catalog, spec);
}

Result<ViewCatalog> with_changed(const ViewCatalog& catalog, const ViewSpec& spec) {
  HAPAX_ASSIGN(const CatalogView* there, require(catalog, spec.name));
  if (const auto elsewhere = declared_elsewhere(*there)) {
    return is_same_spec(there->spec, spec) ? Result<ViewCatalog>(catalog) : *elsewhere;
  }
  return with_spec(catalog, spec);
}

Result<ViewCatalog> with_rebuilt(const ViewCatalog& catalog, std::string_view name) {
  HAPAX_ASSIGN(const CatalogView* there, require(catalog, name));
  if (there->retired_at) {
    return refused(name, "nobody declares it any more", "declare it again first");
  }
  ViewCatalog next = next_of(catalog);
  place_of(name, next.views)->id = id_of(name, next.number);
  return next;
}

Result<ViewCatalog> with_dropped(const ViewCatalog& catalog, std::string_view name) {
  HAPAX_ASSIGN(const CatalogView* there, require(catalog, name));
  if (const auto elsewhere = declared_elsewhere(*there)) {
    return *elsewhere;
  }
  ViewCatalog next = next_of(catalog);
  next.views.erase(place_of(name, next.views));
  return next;
}

Result<ViewCatalog> with_declared(const ViewCatalog& catalog,
                                  const std::vector<DeclaredView>& declared, ProcessingTime now) {
  ViewCatalog next = next_of(catalog);
  for (const DeclaredView& view : declared) {
    if (!is_overruled(view, next, declared)) {
      HAPAX_TRY(put(view.spec, view.origin, next));
    }
  }
  for (CatalogView& view : next.views) {
    const bool is_of_a_start = view.origin != ViewOrigin::kApi;
    if (is_of_a_start && !view.retired_at && !is_declared(view.spec.name, declared)) {
      view.retired_at = now;
    }
  }
  return changed(catalog, std::move(next));
}

ViewCatalog without_expired(const ViewCatalog& catalog, ProcessingTime now) {
  ViewCatalog next = next_of(catalog);
  std::erase_if(next.views, [now](const CatalogView& view) {
    return view.retired_at && saturating_add(*view.retired_at, kRetiredViewsKept) <= now;
  });
  return changed(catalog, std::move(next));
}

std::optional<std::string> remade_view(const ViewCatalog& before, const ViewCatalog& after) {
  for (const CatalogView& view : before.views) {
    const CatalogView* then = after.find(view.spec.name);
    if (then != nullptr && then->id != view.id) {
      return view.spec.name;
    }
  }
  return std::nullopt;
}

}  // namespace hapax
