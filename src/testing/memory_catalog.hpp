// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "views/catalog/view_catalog.hpp"
#include "views/runtime/served_views.hpp"

namespace hapax {

/// The built-in view of that name.
constexpr const char* kEventsPerMinute =
    R"v({"name":"events_per_minute","window":{"tumbling":"1m"},"group_by":["source","event","type"],)v"
    R"v("measures":{"count":"count","users":"uniques(user)"}})v";

/// A catalog that a test changes.
class MemoryCatalog : public CatalogSource {
 public:
  /// With these from the beginning.
  explicit MemoryCatalog(const std::vector<std::string>& specs = {}) {
    if (!specs.empty()) {
      set(specs);
    }
  }

  std::shared_ptr<const ViewCatalog> current() const override { return current_; }
  std::shared_ptr<const ViewCatalog> announced(std::uint32_t number) const override {
    return newest_->number == number ? newest_ : current_;
  }
  /// Of what set() says from now on it is not known that it is durable.
  void learn_nothing() { learns_ = false; }
  std::uint32_t newest_number() const { return newest_->number; }

  /// The views of `specs` (JSON), each under an id of its name and a number: the same one for the
  /// same text.
  void set(const std::vector<std::string>& specs) {
    ViewCatalog next{.number = newest_->number + 1};
    for (const std::string& text : specs) {
      ViewSpec spec = parse_view_json(text).value();
      const CatalogView* const before = newest_->find(spec.name);
      std::string id = before != nullptr && before->spec == spec
                           ? before->id
                           : spec.name + "." + std::to_string(next.number);
      next.views.push_back({.id = std::move(id), .spec = std::move(spec)});
    }
    std::ranges::sort(next.views, {}, [](const CatalogView& view) { return view.spec.name; });
    newest_ = std::make_shared<const ViewCatalog>(std::move(next));
    current_ = learns_ ? newest_ : current_;
  }

 private:
  std::shared_ptr<const ViewCatalog> newest_ = std::make_shared<const ViewCatalog>();
  std::shared_ptr<const ViewCatalog> current_ = newest_;
  bool learns_ = true;
};

/// What a processor is told of views, and tells.
struct TestViews {
  MemoryCatalog catalog{{kEventsPerMinute}};
  ServedViews served;
};

}  // namespace hapax
