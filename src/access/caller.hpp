// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <set>
#include <string>

namespace hapax {

enum class Right {
  kRead,    ///< Views, the books, metrics.
  kEvents,  ///< Single events: people's data.
  kAdmin,   ///< Changes, and which keys there are.
};

/// Sources whose rows somebody may read, and nothing else; none: everything.
using ReadScope = std::set<std::string, std::less<>>;

/// How somebody is known.
enum class Known {
  kNot,
  kByPassword,   ///< A session's cookie.
  kByToken,      ///< The machine's.
  kByKey,        ///< One of the settings.
  kByBeingHere,  ///< Everybody is let in (server.dev).
};

/// Who asks, and what they may.
struct Caller {
  Known known = Known::kNot;
  std::set<Right> rights = {};
  ReadScope sources = {};

  bool may(Right right) const { return rights.contains(right); }
};

/// One who may everything.
inline Caller full_caller(Known known) {
  return {.known = known, .rights = {Right::kRead, Right::kEvents, Right::kAdmin}};
}

}  // namespace hapax
