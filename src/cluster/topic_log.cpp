// SPDX-License-Identifier: Apache-2.0
#include "cluster/topic_log.hpp"

#include "hash/hash.hpp"

namespace hapax {

LogId log_of(const Topic& topic) {
  return LogId(hash64(topic.id()));
}

}  // namespace hapax
