// SPDX-License-Identifier: Apache-2.0
#include "descriptor_limit.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <limits>

namespace hapax {
namespace {

/// Segments, the state store's tables, live readers and the rest.
constexpr std::size_t kOwnDescriptors = 1024;
constexpr std::size_t kConnectionsMin = 64;

}  // namespace

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return std::numeric_limits<std::size_t>::max();  // Not known: accept() will tell.
  }
  const rlimit raised{.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
  return setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

std::size_t connections_under(std::size_t descriptors, std::size_t wanted) {
  const std::size_t left = descriptors > kOwnDescriptors ? descriptors - kOwnDescriptors : 0;
  return std::min(wanted, std::max(left, kConnectionsMin));
}

}  // namespace hapax
