// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "core/result.hpp"

namespace hapax::bench {

/// The floor's work behind the least possible HTTP, on one thread: reads what every connection
/// sent, does the work for all complete bodies, writes and syncs them together, then acknowledges
/// each. Understands only what `hapax bench --floor` sends: no pipelining, no chunks.
class FloorServer {
 public:
  struct Settings {
    std::string listen = "127.0.0.1:0";  ///< IPv4 address and port; port 0 takes a free one.
    std::string file;                    ///< Where the bytes go.
    bool gzip = false;                   ///< Bodies are compressed.
  };

  /// Prints its URL to stdout and serves until the process is killed. Errors: kInvalid, the
  /// address or a body; kUnavailable, the system refuses something.
  static Result<void> run(const Settings& settings);
};

}  // namespace hapax::bench
