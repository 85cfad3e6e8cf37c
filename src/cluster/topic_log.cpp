// SPDX-License-Identifier: Apache-2.0
#include "cluster/topic_log.hpp"

#include "hash/hash.hpp"

namespace hapax {

LogId log_of(const Topic& topic) {
  const LogId id(hash64(topic.id()));
  return id == kNoLog ? LogId(1) : id;
}

}  // namespace hapax
