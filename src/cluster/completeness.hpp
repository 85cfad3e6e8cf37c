// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>

#include "bytes/bytes.hpp"
#include "cluster/control_note.hpp"
#include "core/time.hpp"

namespace hapax {

/// Before which received time nothing more can be appended, as the topic of control says it: by the
/// collectors that are there, each of which says before what time it has nothing left. One that was
/// declared gone is not waited for: what it still brings is counted all the same, as a revision of
/// what was called complete. One that begins does so at the bound, and stamps nothing before it.
/// So the bound never goes back, whatever the clocks of collectors say, and it is never ahead of
/// the topic's own clock: a collector that is a month ahead does not make a month complete.
///
/// A report also says below which offset of each partition all that its collector has settled lies:
/// who has counted up to the greatest of these has all before the bound.
/// A function of the notes in their order. Threading: one owner.
class Completeness {
 public:
  /// Of collectors that are gone it knows the newest. A former one whose note that it joined comes
  /// again holds the bound until it is called gone again.
  static constexpr std::size_t kGoneMax = 1024;

  /// `stands`: the bound stays where it is, whatever collectors say.
  void apply(const ControlNote& note, ProcessingTime appended_at, bool stands = false);

  /// ProcessingTime::min() before anything is known.
  ProcessingTime bound() const { return bound_; }
  /// What time it is by the topic: the greatest time of a note.
  ProcessingTime now() const { return now_; }
  bool has(CollectorId collector) const { return live_.contains(collector); }
  bool is_gone(CollectorId collector) const;

  /// Of each that is there how many reports it has made: by their growing a process that follows
  /// the notes sees who is silent, on a clock of its own.
  std::map<CollectorId, std::uint64_t> heard() const;

  void encode(ByteWriter& out) const;
  /// On a new one only; what is missing `in` says.
  void restore(ByteReader& in);

 private:
  struct Live {
    ProcessingTime oldest_unsettled;
    std::uint64_t reports = 0;
  };

  void raise();

  std::map<CollectorId, Live> live_;
  std::deque<CollectorId> gone_;  // In the order of the notes.
  ProcessingTime bound_ = ProcessingTime::min();
  ProcessingTime now_ = ProcessingTime::min();
};

}  // namespace hapax
