// SPDX-License-Identifier: Apache-2.0
#include "cluster/confirmation.hpp"

#include <fmt/format.h>

#include <cassert>
#include <utility>

namespace hapax {

void Confirmation::ask() {
  assert(is_given());
  missing_ = topics_.size();
  for (const StateTopic& one : topics_) {
    ask(*one.topic);
  }
}

void Confirmation::step() {
  for (Topic* topic : std::exchange(unanswered_, {})) {
    ask(*topic);
  }
}

void Confirmation::ask(Topic& topic) {
  topic.confirm([this, &topic](const Result<void>& confirmed) {
    if (confirmed) {
      --missing_;
    } else if (may_be_retried(confirmed.error())) {
      unanswered_.push_back(&topic);
    } else {
      refusal_ = confirmed.error();
    }
  });
}

std::vector<std::string> Confirmation::ids() const {
  std::vector<std::string> ids;
  ids.reserve(topics_.size());
  for (const StateTopic& one : topics_) {
    ids.push_back(one.topic->id());
  }
  return ids;
}

Result<void> Confirmation::compare(const std::string& state,
                                   const std::vector<std::string>& ids) const {
  if (ids.size() != topics_.size()) {
    return Error{ErrorKind::kCorrupt,
                 fmt::format("the state {} was made of {} topics, not of {}", state, ids.size(),
                             topics_.size()),
                 "it is of another version of Hapax: use that one, or give the cluster another "
                 "folder of objects, and topics of its own"};
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] != topics_[i].topic->id()) {
      return Error{
          ErrorKind::kCorrupt,
          fmt::format("the topic of {} is another one: its id is {}, and the state {} was made of "
                      "{}",
                      topics_[i].what, topics_[i].topic->id(), state, ids[i]),
          "it was deleted and made again, and what was in it is gone; the state stays as it is, "
          "see docs/kafka.md"};
    }
  }
  return {};
}

}  // namespace hapax
