// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "testing/temporary_directory.hpp"

namespace hapax {

/// Where PostgreSQL could be, and somebody takes connections and says nothing.
class SilentHost {
 public:
  SilentHost() {
    const std::string path = folder_.path() + "/.s.PGSQL.5432";
    sockaddr_un here{};
    here.sun_family = AF_UNIX;
    if (listener_ < 0 || path.size() >= sizeof(here.sun_path)) {
      std::abort();
    }
    std::memcpy(here.sun_path, path.c_str(), path.size() + 1);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&here), sizeof(here)) != 0 ||
        ::listen(listener_, SOMAXCONN) != 0) {
      std::abort();
    }
  }
  ~SilentHost() { ::close(listener_); }
  SilentHost(const SilentHost&) = delete;
  SilentHost& operator=(const SilentHost&) = delete;

  /// The "host" of a connection.
  const std::string& folder() const { return folder_.path(); }

 private:
  const TemporaryDirectory folder_;
  const int listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

}  // namespace hapax
