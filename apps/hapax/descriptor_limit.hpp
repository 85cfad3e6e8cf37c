// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace hapax {

/// Raises the soft limit of open files of this process to the hard one, and returns what then
/// counts.
std::size_t raise_descriptor_limit();

/// How many connections fit under a limit of `descriptors` beside the server's own files: at most
/// `wanted`, at least 64.
std::size_t connections_under(std::size_t descriptors, std::size_t wanted);

}  // namespace hapax
