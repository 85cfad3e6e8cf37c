// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "ports/topic.hpp"

namespace hapax {

/// A topic that a state is made of, and what it is to it.
struct StateTopic {
  const char* what;  ///< "events"
  Topic* topic;      ///< Not null.
};

/// The word of some topics that what was read of them was theirs: that nobody has made others of
/// their names meanwhile. What follows from records alone is kept only behind it.
/// Threading: one owner. Lifetime: the topics must outlive it; it must outlive what it asks, or the
/// topics' callbacks not be run any more.
class Confirmation {
 public:
  explicit Confirmation(std::vector<StateTopic> topics) : topics_(std::move(topics)) {}
  Confirmation(const Confirmation&) = delete;
  Confirmation& operator=(const Confirmation&) = delete;

  /// Asks all of them about what was read until now. Not before is_given() of what was asked last.
  void ask();
  /// Asks again where no answer came.
  void step();
  /// All have given their word since ask().
  bool is_given() const { return missing_ == 0; }
  /// kCorrupt: one of them is another topic. For good.
  const std::optional<Error>& refusal() const { return refusal_; }

  /// Of all of them, in their order.
  std::vector<std::string> ids() const;
  /// Errors: kCorrupt, `state` was made of topics of other ids.
  Result<void> compare(const std::string& state, const std::vector<std::string>& ids) const;

 private:
  void ask(Topic& topic);

  const std::vector<StateTopic> topics_;
  std::size_t missing_ = 0;
  std::vector<Topic*> unanswered_;  // To be asked again.
  std::optional<Error> refusal_;
};

}  // namespace hapax
