// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace hapax {

/// Whether topics still keep what is promised with them, as of whoever looks at them now and then.
/// Threading: all calls may run at the same time.
class TopicTrouble {
 public:
  struct Trouble {
    std::string why = {};  ///< Empty: none is known.
    /// It does not pass while this program runs: what was read or appended since may be another
    /// topic's. Nothing may be said of a topic any more, nor appended.
    bool is_for_good = false;

    explicit operator bool() const { return !why.empty(); }
    friend bool operator==(const Trouble&, const Trouble&) = default;
  };

  virtual ~TopicTrouble() = default;

  /// While there is some, nothing may be taken into topics, or from them.
  virtual Trouble trouble() const = 0;
};

/// Of topics that nobody can change.
class NoTrouble : public TopicTrouble {
 public:
  Trouble trouble() const override { return {}; }
};

}  // namespace hapax
