// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "core/mutex.hpp"
#include "core/result.hpp"
#include "published/hot_update.hpp"

namespace hapax {

struct HotFollowerSettings {
  std::chrono::milliseconds retry_interval{500};  ///< After an answer that there was none.
  /// After it has asked for all anew, and before it may do so again.
  std::chrono::milliseconds begin_interval{2'000};
};

/// Hears what owners of partitions tell, each process on a thread of its own, and hands it on.
/// Threading: one owner. Lifetime: what is passed must outlive it.
class HotFollower {
 public:
  /// Gets what a URL answers; one owner. Errors: kUnavailable; kClosed, it was stopped.
  using Get = std::function<Result<std::string>(const std::string& url, const std::stop_token&)>;
  struct Parts {
    std::function<Get()> make_get;  ///< Of a thread.
    /// As TablesOfParts::take(); any thread.
    std::function<Result<bool>(const HotUpdate& update)> take;
    std::function<void(const std::string& what)> log;
  };

  HotFollower(const HotFollowerSettings& settings, Parts parts);
  ~HotFollower();
  HotFollower(const HotFollower&) = delete;
  HotFollower& operator=(const HotFollower&) = delete;

  /// From now on those at these URLs, and no others. Waits for those that it leaves, all at once.
  void follow(const std::set<std::string>& urls);
  void stop();

  /// How many were heard the last time that they were asked. Any thread.
  std::size_t heard() const;

 private:
  class Process;

  void leave_all_but(const std::set<std::string>& urls);

  const HotFollowerSettings settings_;
  const Parts parts_;
  std::map<std::string, std::unique_ptr<Process>> processes_;
  mutable Mutex mutex_;
  std::set<std::string> heard_ HAPAX_GUARDED_BY(mutex_);
};

}  // namespace hapax
