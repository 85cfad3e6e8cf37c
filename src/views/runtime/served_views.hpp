// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/mutex.hpp"
#include "core/time.hpp"
#include "views/runtime/view_shape.hpp"

namespace hapax {

/// A view that can be read.
struct ServedView {
  std::string id;  ///< Names its tables.
  std::shared_ptr<const ViewShape> shape;
  /// Cells of windows that start before it may lack events that the log held no more when the view
  /// was made; nothing: no cell does.
  std::optional<EventTime> complete_from = {};
  /// When it was taken out of the catalog: it goes some days later.
  std::optional<ProcessingTime> retired_at = {};
};

/// The declared views that can be read, by name. Whoever counts says which; a view that is made or
/// changed is there, with its new spec, from the moment on at which all of the log is counted.
/// Threading: all calls may run at the same time.
class ServedViews {
 public:
  using ByName = std::map<std::string, std::shared_ptr<const ServedView>, std::less<>>;

  /// Nothing when there is none of that name.
  std::shared_ptr<const ServedView> find(std::string_view name) const {
    const MutexLock lock(mutex_);
    const auto found = views_.find(name);
    return found == views_.end() ? nullptr : found->second;
  }
  ByName all() const {
    const MutexLock lock(mutex_);
    return views_;
  }
  void set(ByName views) {
    const MutexLock lock(mutex_);
    views_.swap(views);
  }

 private:
  mutable Mutex mutex_;
  ByName views_ HAPAX_GUARDED_BY(mutex_);
};

}  // namespace hapax
