// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "cluster/confirmation.hpp"
#include "partition/guarded_ports.hpp"
#include "partition/hot_feed.hpp"
#include "ports/clock.hpp"

namespace hapax {

/// Between owners of partitions and the feed of their process: an update goes to readers once the
/// topics have confirmed that all that was read of them until it was made was theirs. One question
/// is under way at a time, for all owners; what changes meanwhile is in their next updates.
/// Threading: one owner, who also runs the callbacks of the topics. Lifetime: what is passed must
/// outlive it.
class HotConfirmation {
 public:
  /// `topics`: all that owners read.
  HotConfirmation(HotFeed& feed, const std::vector<StateTopic>& topics, const Clock& clock);

  /// Somebody hears what is told. Never again once a topic is another one.
  bool is_heard() const { return feed_.is_heard() && !confirmation_.refusal(); }
  /// Whether an update may be made now. More than the feed tells in a second it does not get, and
  /// of that at most an answer at once: so readers get it before it is let go.
  bool is_free() const;
  /// An update, encoded, of what was read until now. While it is free; ask() before anything more
  /// is read.
  void hold(std::string update);

  /// Gives to the feed what was confirmed.
  void deliver();
  /// Asks for all that was held since.
  void ask();

 private:
  std::vector<StateTopic> guard(const std::vector<StateTopic>& topics);

  HotFeed& feed_;
  const Clock& clock_;
  std::vector<std::unique_ptr<GuardedTopic>> topics_;
  Confirmation confirmation_;
  std::vector<std::string> held_;
  bool is_asked_ = false;
  std::chrono::nanoseconds ask_next_{};
  std::chrono::nanoseconds spent_until_{};  // By what was held, at the feed's rate.
};

}  // namespace hapax
