// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"
#include "views/spec/view_spec.hpp"

namespace hapax {

/// Who declares a view, and so who may change it. Stored as origin_text().
enum class ViewOrigin : std::uint8_t { kBuiltIn = 1, kFile = 2, kApi = 3 };
/// "built_in", "file", "api".
std::string_view origin_text(ViewOrigin origin);

struct CatalogView {
  /// Names its tables: "<name>.<number>", the number that of the catalog which brought its spec in.
  /// Another spec, or the same one to be made anew, is another id.
  std::string id;
  ViewSpec spec;
  ViewOrigin origin = ViewOrigin::kApi;
  /// Since when nobody declares it any more; it is kept for some days.
  std::optional<ProcessingTime> retired_at = {};

  friend bool operator==(const CatalogView&, const CatalogView&) = default;
};

/// The declared views that are to be there. What the state holds of them is a function of log and
/// catalog: a view counts all events that the log has, also those from before it was declared.
struct ViewCatalog {
  std::uint32_t number = 0;             ///< Above that of the catalog before.
  std::vector<CatalogView> views = {};  ///< By name, each name once.

  /// Null when there is none.
  const CatalogView* find(std::string_view name) const;

  friend bool operator==(const ViewCatalog&, const ViewCatalog&) = default;
};

/// Gives the catalog to whoever counts.
/// Threading: all calls may run at the same time.
class CatalogSource {
 public:
  virtual ~CatalogSource() = default;

  /// The newest one that a control record has announced durably. It stays as it is.
  virtual std::shared_ptr<const ViewCatalog> current() const = 0;
  /// For who has met the control record of catalog `number`: that catalog, or a newer one. A reader
  /// of the log may meet a record a moment before current() knows that it is durable.
  virtual std::shared_ptr<const ViewCatalog> announced(std::uint32_t /*number*/) const {
    return current();
  }
};

/// Kind of the control records that announce a catalog (catalog_record.hpp).
constexpr std::string_view kCatalogControl = "views";

}  // namespace hapax
