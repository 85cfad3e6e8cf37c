// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cluster/manifest.hpp"
#include "cluster/manifest_search.hpp"
#include "core/result.hpp"
#include "ports/object_store.hpp"
#include "ports/random.hpp"

namespace hapax {

/// The manifests of one state in an object store: who may write the next one owns the state.
///
/// The one thing that it needs of the store is that an object is created only if there is none of
/// its name. An owner takes over by creating the next manifest with a higher epoch; from then on
/// the former one's next creation fails, whenever it comes, and that is how it learns of it. What
/// is true of a call whose answer was lost is read back: the nonce says whose manifest it is. A
/// manifest keeps its number taken for ever, as a stub once a later one is there, since a call that
/// was on its way for a week would else create a number that has long been past.
///
/// Files have names with epoch and sequence, which are never given twice. They are removed in three
/// steps, in this order: which are there is listed; that there is no higher manifest is looked up;
/// those of the list that the manifest does not name are removed. An owner that was deposed without
/// knowing it learns of it in the second step, if any of the files of the list is its successor's.
///
/// It does one thing at a time, a step with each call of step(): so what failed is done again.
/// Threading: one owner. Lifetime: `store` and `random` must outlive it; it must outlive its calls,
/// or the process end with it.
class ManifestChain {
 public:
  enum class Phase {
    kSearching,   ///< For the newest manifest.
    kTakingOver,  ///< Creates the next one.
    kOwned,       ///< It may commit().
    kCommitting,
    kProving,     ///< That there is no higher manifest.
    kCollecting,  ///< Files that nothing names.
    kDeposed,     ///< Another one has taken over; for good.
    kFailed,      ///< See failure(); for good.
  };

  /// Whether the state may be gone on with that its newest manifest says; of number 0: there is
  /// none.
  using MayContinue = std::function<Result<void>(const Manifest& newest)>;

  /// `state`: its name, the first part of all names of its objects. `may_continue` is asked before
  /// anything is created, of whatever it would take over from: what it refuses is its failure(),
  /// and leaves the objects and their owner as they are.
  ManifestChain(ObjectStore& store, std::string state, Random& random, MayContinue may_continue);
  ManifestChain(const ManifestChain&) = delete;
  ManifestChain& operator=(const ManifestChain&) = delete;

  void step();

  Phase phase() const { return phase_; }
  /// The one that is in force, once owned; at first what it was when it was taken over.
  const Manifest& current() const { return current_; }
  const std::optional<Error>& failure() const { return failure_; }

  /// A name that no file of the state has had. Only when owned.
  std::string file_name();
  /// Makes the state of these files and of `payload`, which speaks of `topics` (Manifest). Only in
  /// kOwned; which it is again, with a greater number, once it is done.
  void commit(std::vector<std::string> files, std::string payload,
              std::vector<std::string> topics = {});
  /// Looks whether it is still the owner. Only in kOwned; which it is again, if so.
  void prove();
  /// Removes files that are not part of the state any more, as far as the store lets it. Only in
  /// kOwned; likewise.
  void collect_garbage();

 private:
  enum class Collecting { kListing, kStubs, kRemoving };

  std::string name_of(std::uint64_t number) const { return manifest_name(state_, number); }
  void look(std::uint64_t number, const ObjectStore::Got& got);
  void search();
  void take_over(Manifest newest);
  void create();
  void read_back();
  void created(Manifest manifest);
  void look_for_higher();
  void collect();
  void fail(Error error);

  ObjectStore& store_;
  const std::string state_;
  Random& random_;
  const MayContinue may_continue_;
  ManifestSearch search_;

  Phase phase_ = Phase::kSearching;
  Phase proven_ = Phase::kOwned;  // Where it goes on behind kProving.
  bool busy_ = false;             // A call is on its way.
  std::optional<Error> failure_;
  Manifest current_;     // Number 0: none yet.
  Manifest next_;        // What is to be created.
  bool unsure_ = false;  // An answer to its creation was lost.
  std::uint64_t next_file_ = 0;

  Collecting collecting_ = Collecting::kListing;
  std::vector<std::string> garbage_;
};

}  // namespace hapax
