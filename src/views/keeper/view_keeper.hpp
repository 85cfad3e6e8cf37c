// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "arrival/arrival_clock.hpp"
#include "core/mutex.hpp"
#include "core/result.hpp"
#include "ports/clock.hpp"
#include "ports/event_log.hpp"
#include "ports/storage.hpp"
#include "views/catalog/catalog_files.hpp"
#include "views/catalog/view_catalog.hpp"

namespace hapax {

/// Keeps the catalog of declared views: a file of its text, and a control record of the log that
/// says its number and the hash of its text. The record comes after the file is durable, so the
/// catalog that the log says is there. What was written and never announced is nothing.
/// Format: docs/formats/catalog.md, version 1.
/// Threading: all calls may run at the same time. Lifetime: the parts must outlive it.
class ViewKeeper : public CatalogSource {
 public:
  struct Parts {
    Storage& storage;
    EventLog& log;
    ArrivalClock& arrivals;
    const Clock& clock;
    /// Whether what the clock says may drop a view.
    std::function<bool()> clock_is_believed;
  };
  /// The catalog that comes next, of the one there is (catalog_change.hpp).
  using Change = std::function<Result<ViewCatalog>(const ViewCatalog&)>;
  /// Whether a view that is there may lose its windows of what the log does not hold any more.
  enum class History { kKept, kMayDrop };
  struct Changed {
    std::shared_ptr<const ViewCatalog> before;
    std::shared_ptr<const ViewCatalog> after;  ///< The same when nothing was to change.
  };

  /// Takes up the catalog that the log says is in force. `directory`: its own.
  /// Errors: kInvalid, it is not there, or that of another log; kCorrupt; those of the disk.
  static Result<std::unique_ptr<ViewKeeper>> open(const std::string& directory, Parts parts);

  std::shared_ptr<const ViewCatalog> current() const override;
  std::shared_ptr<const ViewCatalog> announced(std::uint32_t number) const override;

  /// One at a time. Waits for the disk: when it returns, what has changed is announced durably, and
  /// is taken in from there on. After an error current() is as it was; after one of the log another
  /// start may find the change all the same.
  /// Errors: those of `change`; kInvalid, a view would lose its history; those of disk and log.
  Result<Changed> change(const Change& change, History history);

  /// To be called now and then by one thread: every ten minutes it drops the views that were taken
  /// out long enough ago.
  /// Errors: those of the disk and of the log; the next call tries again.
  Result<void> tick();

 private:
  ViewKeeper(const std::string& directory, Parts parts);

  Result<void> load() HAPAX_REQUIRES(change_mutex_);
  Result<void> check_history(const ViewCatalog& before, const ViewCatalog& after) const;
  Result<void> announce(std::shared_ptr<const ViewCatalog> catalog) HAPAX_REQUIRES(change_mutex_);
  void offer(std::shared_ptr<const ViewCatalog> catalog);
  void settle(bool is_announced);

  const Parts parts_;
  const CatalogFiles files_;
  std::chrono::nanoseconds next_tick_{};  // Of who ticks.
  Mutex change_mutex_;
  /// Greatest number of a file that a record may speak of: it was appended, or failed and may come
  /// to light all the same.
  std::uint32_t number_max_ HAPAX_GUARDED_BY(change_mutex_) = 0;
  mutable Mutex mutex_;  // Taken after change_mutex_.
  std::shared_ptr<const ViewCatalog> current_ HAPAX_GUARDED_BY(mutex_) =
      std::make_shared<const ViewCatalog>();
  /// Being announced; null when none is.
  std::shared_ptr<const ViewCatalog> offered_ HAPAX_GUARDED_BY(mutex_);
};

}  // namespace hapax
