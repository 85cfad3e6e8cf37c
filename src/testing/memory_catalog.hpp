// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "views/catalog/view_catalog.hpp"
#include "views/runtime/served_views.hpp"

namespace hapax {

/// A catalog that a test changes.
class MemoryCatalog : public CatalogSource {
 public:
  std::shared_ptr<const ViewCatalog> current() const override { return current_; }

  /// The views of `specs` (JSON), each under an id of its name and a number: the same one for the
  /// same text.
  void set(const std::vector<std::string>& specs) {
    ViewCatalog next{.number = current_->number + 1};
    for (const std::string& text : specs) {
      ViewSpec spec = parse_view_json(text).value();
      const CatalogView* const before = current_->find(spec.name);
      std::string id = before != nullptr && before->spec == spec
                           ? before->id
                           : spec.name + "." + std::to_string(next.number);
      next.views.push_back({.id = std::move(id), .spec = std::move(spec)});
    }
    std::ranges::sort(next.views, {}, [](const CatalogView& view) { return view.spec.name; });
    current_ = std::make_shared<const ViewCatalog>(std::move(next));
  }

 private:
  std::shared_ptr<const ViewCatalog> current_ = std::make_shared<const ViewCatalog>();
};

/// What a processor is told of declared views, and tells.
struct TestViews {
  MemoryCatalog catalog;
  ServedViews served;
};

}  // namespace hapax
