// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "ports/state_store.hpp"

namespace hapax {

/// A file of a state.
struct StateFile {
  std::string name;
  /// No other bytes have this name as long as the store is open, nor had when it was opened.
  bool immutable = false;
  std::string bytes;
};

/// A state store that can be brought elsewhere as files. Threading: one owner.
class PortableStore {
 public:
  virtual ~PortableStore() = default;

  /// Makes it what `files` are, in place of what may be there; of none an empty one. Once, before
  /// all else. Errors: kCorrupt; kInvalid, of another format; kExhausted; kUnavailable.
  virtual Result<void> open(std::vector<StateFile> files) = 0;
  /// The state. Only when open.
  virtual StateStore& tables() = 0;

  using IsKnown = std::function<bool(std::string_view name)>;
  /// What makes the state as the last write left it; without the bytes of immutable files that are
  /// known. Errors: kUnavailable.
  virtual Result<std::vector<StateFile>> files(const IsKnown& is_known) = 0;
};

}  // namespace hapax
