// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "http/http.hpp"

namespace hapax {

/// The way to one client for the frames of one or more queries, which are its lanes. What is added
/// in a round goes out together at its flush(); after that nothing more is taken until the client
/// has it. So a slow client costs what a round holds, however slow it is, and who was refused adds
/// what is news by then. A lane for which there was no room comes before those that had theirs.
/// Threading: attach() and on_drained() anywhere, the latter after the former; the rest by one
/// owner, after attach().
class LiveOutlet {
 public:
  using Piece = HttpStream::Piece;

  /// Of one query. Nothing is added for it once its outlet is gone.
  struct Lane {
    Piece head;          ///< Goes before each of its frames; null: none.
    bool waits = false;  ///< Of the outlet: there was no room for it.
  };

  /// `round_bytes`: with so many, of whatever was added, a round takes no more frames, but the
  /// first.
  explicit LiveOutlet(std::size_t round_bytes) : round_bytes_(round_bytes) {}

  void attach(const std::shared_ptr<HttpStream>& stream) { stream_ = stream; }
  /// False: there is no client yet, or no more.
  bool is_open() const { return !stream_.expired(); }

  /// Whether a frame of `lane` may be added now; else on_drained() is true when to ask again.
  bool takes(Lane& lane);
  /// Adds a frame to the round.
  void add(Lane& lane, const Piece& frame);
  /// Adds what takes no part in that: there is little of it.
  void add(const Piece& piece);
  /// Nothing is ever added for it any more.
  void leave(Lane& lane);
  /// The client gets what was added, and no more: the next flush() ends its connection.
  void end() { is_ending_ = true; }
  /// Whether something is added that waits for flush().
  bool has_round() const { return !round_.empty() || is_ending_; }

  /// Sends the round.
  void flush() noexcept;

  /// The client has all that was sent. True when somebody was refused since.
  bool on_drained() { return way_.exchange(Way::kFree) == Way::kWanted; }

 private:
  enum class Way { kFree, kTaken, kWanted };

  const std::size_t round_bytes_;
  std::weak_ptr<HttpStream> stream_;
  std::atomic<Way> way_{Way::kFree};  ///< kTaken: the client has not got all yet.
  // Of the owner.
  std::vector<Piece> round_;
  std::size_t round_size_ = 0;  ///< In bytes.
  std::size_t waiting_ = 0;     ///< Lanes.
  bool has_frames_ = false;     ///< The round.
  bool is_refusing_ = false;    ///< Somebody, in this round, for want of room.
  bool is_ending_ = false;
};

}  // namespace hapax
