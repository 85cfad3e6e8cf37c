// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "cluster/control_note.hpp"
#include "core/time.hpp"

namespace hapax {

/// Before which received time nothing more can be appended, as the topic of control says it: by the
/// collectors that are there, each of which says before what time it has nothing left. One that was
/// declared gone is not waited for: what it still brings is counted all the same, as a revision of
/// what was called complete. One that begins does so at the bound, and stamps nothing before it.
/// So the bound never goes back, whatever the clocks of collectors say.
///
/// What was appended before a note was is below the end of its partition, if that is looked up
/// after the note was read: who then reads up to there has all before the bound.
/// A function of the notes in their order. Threading: one owner.
class Completeness {
 public:
  void apply(const ControlNote& note, ProcessingTime appended_at);

  /// ProcessingTime::min() before anything is known.
  ProcessingTime bound() const { return bound_; }
  bool has(CollectorId collector) const { return live_.contains(collector); }

  /// When a collector was last heard of, by the clock of the topic; of the longest silent one.
  struct Silent {
    CollectorId collector;
    ProcessingTime since;
  };
  /// Those that were silent for longer than `timeout` when the last note was appended.
  std::vector<Silent> silent(Microseconds timeout) const;

 private:
  struct Live {
    ProcessingTime oldest_unsettled;
    ProcessingTime heard_at;
  };

  void raise();

  std::map<CollectorId, Live> live_;
  ProcessingTime bound_ = ProcessingTime::min();
  ProcessingTime now_ = ProcessingTime::min();  // The greatest time of a note.
};

}  // namespace hapax
