// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <boost/intrusive/list.hpp>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "stream/frozen_images.hpp"

namespace hapax {

/// What of a cell a checkpoint takes. Cells derive from it; it is read and changed through their
/// Freezer alone.
template <typename Value>
class Freezable {
 public:
  explicit Freezable(Value value) : value_(std::move(value)) {}

 private:
  template <typename, typename, typename>
  friend class HandOver;
  template <typename, typename, typename>
  friend class Freezer;

  /// Who has the value, for a freeze that takes it.
  enum class Hold : std::uint32_t {
    kNobody,  ///< Its image is to be made.
    kThread,  ///< One of both threads, for as long as an image or a look at it takes.
    kOwner,   ///< The owner, for good: its image is made.
  };
  static constexpr std::uint32_t kHolds = 4;
  static constexpr std::uint32_t kNever = 0;

  /// The last freeze that takes it, or will; kNever.
  std::uint32_t freeze() const { return state_.load(std::memory_order_relaxed) / kHolds; }
  /// True: it is the caller's until release(). Waits as long as another thread has it. False: for
  /// that freeze it is with the owner for good.
  bool seize(std::uint32_t freeze) const {
    for (std::uint32_t state = state_of(freeze, Hold::kNobody); !state_.compare_exchange_weak(
             state, state_of(freeze, Hold::kThread), std::memory_order_acquire);
         state = state_of(freeze, Hold::kNobody)) {
      if (state != state_of(freeze, Hold::kNobody) && state != state_of(freeze, Hold::kThread)) {
        return false;
      }
      std::this_thread::yield();
    }
    return true;
  }
  void release(std::uint32_t freeze, Hold to) const {
    state_.store(state_of(freeze, to), std::memory_order_release);
  }
  static std::uint32_t state_of(std::uint32_t freeze, Hold hold) {
    return freeze * kHolds + static_cast<std::uint32_t>(hold);
  }

  /// Releases it at the end of a scope.
  struct Release {
    ~Release() { from.release(freeze, to); }

    const Freezable& from;
    std::uint32_t freeze;
    Hold to;
  };

  using Link = boost::intrusive::list_member_hook<
      boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

  Value value_;
  mutable std::atomic<std::uint32_t> state_ = state_of(kNever, Hold::kOwner);
  Link link_;  // In the order of its Freezer; a destructor takes it out.
};

/// The cells of one freeze, between the thread that owns them and the one that writes them. Each
/// image is made once, by whichever of them comes first.
template <typename Cell, typename Value, typename Image>
class HandOver final : public FrozenImages<Image> {
 public:
  HandOver(std::uint32_t freeze, std::vector<Cell*> cells)
      : freeze_(freeze), cells_(std::move(cells)) {}

  Result<std::span<const Image>> all() override {
    writer_.images.reserve(cells_.size());
    for (; next_ < cells_.size(); ++next_) {
      make(*cells_[next_], writer_);
    }
    if (is_lost()) {
      return Error{ErrorKind::kInternal, "what changed was lost by an exception",
                   "restart: it is counted again from the last checkpoint"};
    }
    writer_.images.reserve(writer_.images.size() + owner_.images.size());
    std::move(owner_.images.begin(), owner_.images.end(), std::back_inserter(writer_.images));
    owner_.images.clear();
    return std::span<const Image>(writer_.images);
  }
  bool is_lost() const override { return is_lost_; }
  void let_go() override { writer_.images = {}; }

  // For the owner.

  void make(Cell& cell) { make(cell, owner_); }
  const std::vector<Cell*>& cells() const { return cells_; }
  void keep(std::shared_ptr<void> buried) { buried_.push_back(std::move(buried)); }
  /// What the images took of the memory of cells; once all are made.
  std::size_t bytes() const {
    assert(next_ == cells_.size());
    return owner_.bytes + writer_.bytes;
  }

 private:
  using Held = Freezable<Value>;
  struct Side {
    std::vector<Image> images = {};
    std::size_t bytes = 0;
  };

  void make(Cell& cell, Side& side) {
    Held& held = cell;
    if (!held.seize(freeze_)) {
      return;
    }
    const typename Held::Release release{held, freeze_, Held::Hold::kOwner};
    try {
      side.bytes += cell.freeze(held.value_, side.images);
    } catch (...) {
      is_lost_ = true;
      throw;
    }
  }

  const std::uint32_t freeze_;
  const std::vector<Cell*> cells_;
  std::size_t next_ = 0;  // Before it the writer has been.
  Side writer_;
  Side owner_;  // Until all are made; each seize() that fails shows what was made before.
  std::vector<std::shared_ptr<void>> buried_;
  std::atomic<bool> is_lost_ = false;
};

/// Gives cells that changed to a checkpoint, without holding up the thread that owns them: freeze()
/// takes the list of them, whatever its length, and the images are made by the thread that writes.
/// If the owner comes to a cell before, it makes its image itself; if the other one is at that very
/// cell, it waits for it. So images are as of the freeze, and no value is with two threads (ADR
/// 0018). It has cells in the order of their changes: an old one is found without a look at others.
///
/// `Cell` derives from Freezable<Value> and has
///   std::size_t freeze(Value& value, std::vector<Image>& to) const;
/// which appends its images, and returns how many bytes of memory that takes of the value; nothing
/// else of a cell that it reads is ever changed.
/// Threading: one owner; only what freeze() returns is for another thread.
template <typename Cell, typename Value, typename Image>
class Freezer {
 public:
  /// One more, which is as the store has it. Before all else, and until its destructor, which runs
  /// on the owner's thread, or leave().
  void add(Cell& cell) { order_.push_back(cell); }
  void leave(Cell& cell) { static_cast<Held&>(cell).link_.unlink(); }

  /// To read and to change it, until the next freeze(). Cost: of a cell that is frozen and was not
  /// opened since, making its image.
  Value& open(Cell& cell) {
    Held& held = cell;
    if (held.freeze() == frozen_in_) {
      frozen_->make(cell);
    }
    return held.value_;
  }
  /// Returns `read(const Value&)`, which must not come to the cell by another way. Makes no image.
  template <typename Read>
  auto read(const Cell& cell, Read&& read) const {
    const Held& held = cell;
    if (held.freeze() != frozen_in_ || !held.seize(frozen_in_)) {
      return read(held.value_);
    }
    const typename Held::Release release{held, frozen_in_, Held::Hold::kNobody};
    return read(held.value_);
  }

  /// The next freeze takes it. After open().
  void note_change(Cell& cell) {
    Held& held = cell;
    if (held.freeze() != next_) {
      changed_.push_back(&cell);
      held.release(next_, Held::Hold::kNobody);
      order_.splice(order_.end(), order_, order_.iterator_to(held));
    }
  }
  bool has_changes() const { return !changed_.empty(); }
  /// It has not changed since the freeze that was committed last.
  bool is_saved(const Cell& cell) const {
    const Held& held = cell;
    return held.freeze() != next_ && held.freeze() != frozen_in_;
  }
  /// Calls `forget(cell)`, which destroys it, with the cell whose last change is the longest ago,
  /// as far as freezes tell changes apart, again and again, as long as it is saved and
  /// `is_old(cell)`. What never changed is where it came. Returns how often, at most `count_max`;
  /// if less, what is first is not saved or not old.
  template <typename IsOld, typename Forget>
  std::size_t forget_old(std::size_t count_max, IsOld&& is_old, Forget&& forget) {
    std::size_t count = 0;
    while (count < count_max && !order_.empty()) {
      auto& oldest = static_cast<Cell&>(order_.front());
      if (!is_saved(oldest) || !is_old(oldest)) {
        break;
      }
      forget(oldest);
      ++count;
    }
    return count;
  }
  /// freezes_since() of the cell whose last change is the longest ago; nothing: it is not saved, or
  /// there is none.
  std::optional<std::uint32_t> oldest() const {
    if (order_.empty()) {
      return {};
    }
    const auto& oldest = static_cast<const Cell&>(order_.front());
    return is_saved(oldest) ? std::optional(freezes_since(oldest)) : std::nullopt;
  }
  /// How many freezes there were since the one that took it; if none did, in all. It is saved.
  std::uint32_t freezes_since(const Cell& cell) const {
    return next_ - 1 - static_cast<const Held&>(cell).freeze();
  }
  /// How many those of visit_unsaved() are, or up to twice as many.
  std::size_t unsaved_count() const {
    return changed_.size() + (frozen_ ? frozen_->cells().size() : 0);
  }
  /// All unsaved ones, each once, also buried ones.
  template <typename Visit>
  void visit_unsaved(Visit&& visit) const {
    for (const Cell* const cell : changed_) {
      visit(*cell);
    }
    if (frozen_) {
      for (const Cell* const cell : frozen_->cells()) {
        if (static_cast<const Held&>(*cell).freeze() == frozen_in_) {
          visit(*cell);
        }
      }
    }
  }

  /// Takes the cells that changed since the last one. Before the next one: commit(). Cost: none.
  std::shared_ptr<FrozenImages<Image>> freeze() {
    assert(!frozen_);
    frozen_ = std::make_shared<HandOver<Cell, Value, Image>>(next_, std::exchange(changed_, {}));
    frozen_in_ = next_++;
    return frozen_;
  }
  /// What it took is in the store. Returns the bytes that went with the images.
  std::size_t commit() {
    frozen_in_ = kNone;
    const auto written = std::exchange(frozen_, nullptr);
    return written ? written->bytes() : 0;
  }

  /// The next freeze does not take those of which `is_gone(cell)`.
  template <typename IsGone>
  void forget_changes(IsGone&& is_gone) {
    std::erase_if(changed_, [&](const Cell* cell) { return is_gone(*cell); });
  }
  /// Destroys `owner` of cells that no freeze is to take and that have left, once the last one is
  /// written.
  template <typename Owner>
  void bury(Owner owner) {
    if (frozen_) {
      frozen_->keep(std::make_shared<Owner>(std::move(owner)));
    }
  }

 private:
  using Held = Freezable<Value>;
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  using Order =
      boost::intrusive::list<Held,
                             boost::intrusive::member_hook<Held, typename Held::Link, &Held::link_>,
                             boost::intrusive::constant_time_size<false>>;

  Order order_;
  std::vector<Cell*> changed_;                            // Since the last freeze.
  std::uint32_t next_ = 1;                                // The next freeze takes them.
  std::uint32_t frozen_in_ = kNone;                       // The one on its way into the store,
  std::shared_ptr<HandOver<Cell, Value, Image>> frozen_;  // and what it took.
};

}  // namespace hapax
