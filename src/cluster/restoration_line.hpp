// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hapax {

/// The owners of one process that have a state to fetch and to restore. Until it is restored a
/// state is in memory as a whole, so the others wait for their turn: judges before owners of
/// events, since all partitions wait for judges; of one kind who came first. No owner is asked to
/// give up a turn that has come. Copies are, for which nobody waits: they come last, and whoever
/// has begun goes on when no owner is in the line. Threading: one owner; a place may be let go of
/// on any thread. Lifetime: places may outlive it.
class RestorationLine {
 public:
  /// In the order of their turns.
  enum class Kind : std::uint8_t { kJudge, kEvents, kCopy };
  /// A place in the line; who has no copy of it any more has left.
  using Place = std::shared_ptr<const Kind>;

  /// States that are fetched or restored at a time.
  static constexpr std::size_t kAtOnce = 1;

  /// Behind all whose turn has come, and those of its kind.
  Place line_up(Kind kind);
  /// It remains so, but of a copy.
  bool is_turn_of(const Place& place);

 private:
  struct Waiting {
    Kind kind;
    std::weak_ptr<const Kind> place;
  };

  void forget_who_left();
  std::vector<Waiting>::iterator first_of_waiting();
  std::vector<Waiting>::iterator first_of_waiting(Kind kind);

  std::vector<Waiting> line_;  // It is the turn of the first kAtOnce.
};

/// All files of a state, and the turn by which they are in memory: both go together.
struct FetchedFiles {
  std::vector<std::string> names;
  std::vector<std::string> files;
  RestorationLine::Place turn;
};

}  // namespace hapax
