// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cluster/confirmation.hpp"
#include "cluster/manifest_chain.hpp"
#include "cluster/state_fetch.hpp"
#include "core/result.hpp"

namespace hapax {

/// A state as it was at one moment.
struct StateImage {
  std::vector<std::string> kept;   ///< Names of files that it has had before.
  std::vector<std::string> fresh;  ///< The bytes of those that it has not.
  std::string payload;             ///< What the files do not say.
};

/// Brings a state that moves between machines here, and keeps it in the object store as long as it
/// is here: one that was made of other topics is left to whoever has it, and what topics do not
/// confirm is not kept. It goes on with each call of step().
/// Threading and lifetime: as ManifestChain.
class StateKeeper {
 public:
  /// Garbage is collected once in so many saves.
  static constexpr unsigned kSavesPerCollection = 8;

  struct Parts {
    ObjectStore& objects;
    Random& random;
    RestorationLine& line;  ///< Of all keepers of the process.
  };
  struct Settings {
    std::string state;  ///< Its name, as of ManifestChain.
    RestorationLine::Kind kind;
    unsigned saves_per_collection = kSavesPerCollection;
    /// What the state is made of; of one state always the same, in the same order.
    std::vector<StateTopic> topics;
  };

  StateKeeper(const Parts& parts, Settings settings)
      : store_(parts.objects),
        state_(std::move(settings.state)),
        saves_per_collection_(settings.saves_per_collection),
        chain_(parts.objects, state_, parts.random,
               [this](const Manifest& newest) { return check_topics(newest); }),
        fetch_(parts.objects, parts.line, settings.kind),
        confirmation_(std::move(settings.topics)) {}
  StateKeeper(const StateKeeper&) = delete;
  StateKeeper& operator=(const StateKeeper&) = delete;

  void step();

  /// The state was taken over, and all of its files are here.
  bool is_here() const { return loaded_; }
  /// As of StateFetch.
  FetchedFiles take_files() { return fetch_.take_files(current().files); }
  std::string waits_for() const { return fetch_.waits_for(); }
  const Manifest& current() const { return chain_.current(); }
  /// Of its files and its payload.
  std::uint64_t bytes() const;

  /// Whether save() may be called.
  bool is_idle() const {
    return is_here() && !image_ && chain_.phase() == ManifestChain::Phase::kOwned;
  }
  /// Uploads what is new of `image`, then commits it, once the topics have confirmed what was read
  /// of them until now; current() is it once the keeper is idle again. Now and then it removes what
  /// is not part of the state any more.
  void save(StateImage image);

  /// Somebody else has taken over: for good.
  bool is_deposed() const { return chain_.phase() == ManifestChain::Phase::kDeposed; }
  /// kCorrupt; that of the store with which a file did not come. For good, too.
  const std::optional<Error>& failure() const {
    return failure_ ? failure_ : fetch_.failure() ? fetch_.failure() : chain_.failure();
  }

 private:
  Result<void> check_topics(const Manifest& newest) const;
  void load();
  void upload();
  void commit();

  ObjectStore& store_;
  const std::string state_;
  const unsigned saves_per_collection_;
  ManifestChain chain_;
  StateFetch fetch_;
  Confirmation confirmation_;
  bool busy_ = false;  // A call of ours is on its way.
  bool loaded_ = false;
  bool proves_ = false;                         // That it is the owner, since a file is missing.
  std::map<std::string, std::uint64_t> sizes_;  // Of files, by name.
  std::optional<StateImage> image_;  // To be saved; of `fresh` what was not uploaded yet.
  std::string uploading_;            // The name of what is uploaded next, if it has one.
  unsigned saves_ = 0;               // Since garbage was collected.
  std::optional<Error> failure_;
};

}  // namespace hapax
