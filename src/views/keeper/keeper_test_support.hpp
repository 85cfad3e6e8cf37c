// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "testing/crash_storage.hpp"
#include "testing/scripted_log.hpp"
#include "testing/still_clock.hpp"
#include "views/catalog/catalog_change.hpp"
#include "views/keeper/view_keeper.hpp"

namespace hapax {

/// A log that appends at once and shows what it is given before anybody else sees it.
struct WatchedLog : ScriptedLog {
  WatchedLog() : ScriptedLog(2) { settle_at_once(); }

  Result<void> append_control(std::string record, AppendDone done) override {
    if (on_control) {
      on_control(record);
    }
    return ScriptedLog::append_control(std::move(record), std::move(done));
  }

  std::function<void(const std::string& record)> on_control;
};

/// A keeper on a disk and a log in memory.
struct KeeperLife {
  explicit KeeperLife(DiskImage image = {}) : disk(std::move(image)) {}

  Result<void> open() {
    keeper.reset();
    auto opened =
        ViewKeeper::open("catalog", {.storage = disk,
                                     .log = log,
                                     .arrivals = arrivals,
                                     .clock = clock,
                                     .clock_is_believed = [this] { return clock_is_believed; }});
    if (!opened) {
      return opened.error();
    }
    keeper = std::move(*opened);
    return {};
  }

  static ViewSpec spec_of(const std::string& name, const std::string& measure = "count") {
    return parse_view_json(R"({"name":")" + name + R"(","measures":{"m":")" + measure + R"("}})")
        .value();
  }
  using History = ViewKeeper::History;
  auto add(const std::string& name) const {
    return keeper->change(
        [&](const ViewCatalog& catalog) { return with_added(catalog, spec_of(name)); },
        History::kKept);
  }
  auto rebuild(const std::string& name, History history = History::kKept) const {
    return keeper->change([&](const ViewCatalog& catalog) { return with_rebuilt(catalog, name); },
                          history);
  }
  /// "a.1 b.3"
  std::string ids() const {
    std::string ids;
    for (const CatalogView& view : keeper->current()->views) {
      ids += (ids.empty() ? "" : " ") + view.id;
    }
    return ids;
  }
  std::vector<std::string> files() { return disk.list("catalog").value(); }

  CrashStorage disk;
  WatchedLog log;
  StillClock clock;
  ArrivalClock arrivals{clock};
  bool clock_is_believed = true;
  std::unique_ptr<ViewKeeper> keeper;
};

}  // namespace hapax
