// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "bytes/bytes.hpp"
#include "cluster/control_note.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace hapax {

/// What each collector has said last of its records, and when it came and went: what is left of the
/// notes of collectors for who keeps books of them (CollectorBooks). A function of the notes in
/// their order. Threading: one owner.
class CollectorReports {
 public:
  /// Of collectors that are gone the newest are kept. Who is further behind than so many of them
  /// does not hear of the others any more.
  static constexpr std::size_t kGoneMax = 256;

  /// A place in the topic of control.
  struct Place {
    Offset offset;
    ProcessingTime appended_at;
  };
  struct Said {
    Place joined = {};
    CollectorReport report = {};  ///< Once there is one.
    Place reported = {};
    std::uint64_t count = 0;             ///< Of its reports.
    std::optional<Place> declared = {};  ///< Gone, by somebody.
    std::optional<Place> left = {};      ///< It said so itself: all is said that it ever will.
  };
  struct Note {
    ProcessingTime appended_at;
    ControlNote note;
  };

  void apply(const ControlNote& note, Offset offset, ProcessingTime appended_at);

  /// Null: it has not joined, or is gone for too long.
  const Said* of(CollectorId collector) const;
  /// What was said at `from` or behind it, in the order of the topic: the notes that are left out
  /// say nothing that these do not. Cost: when there are none, a moment.
  std::map<Offset, Note> since(Offset from) const;
  /// What all have settled of `partition` lies below it.
  Offset settled_end(PartitionId partition) const;

  void encode(ByteWriter& out) const;
  /// On a new one only. Errors: kCorrupt.
  Result<void> restore(ByteReader& in);

 private:
  void take(const CollectorReport& report, const Place& place);
  void end(const CollectorGone& gone, const Place& place);

  std::map<CollectorId, Said> said_;
  std::deque<CollectorId> gone_;      // In the order of the notes.
  Offset newest_ = {};                // Nothing was said at it or behind it.
  std::vector<Offset> settled_ends_;  // By partition.
};

}  // namespace hapax
