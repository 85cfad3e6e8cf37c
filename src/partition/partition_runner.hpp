// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cluster/control_follower.hpp"
#include "cluster/log_trimmer.hpp"
#include "cluster/ordered_appender.hpp"
#include "cluster/restoration_line.hpp"
#include "cluster/silence_watch.hpp"
#include "partition/cluster_catalog.hpp"
#include "partition/counted_events.hpp"
#include "partition/hot_confirmation.hpp"
#include "partition/hot_feed.hpp"
#include "partition/late_verdicts.hpp"
#include "partition/owned_partition.hpp"
#include "partition/retry_pause.hpp"
#include "partition/standby_judges.hpp"
#include "ports/clock.hpp"
#include "ports/partition_group.hpp"
#include "ports/portable_store.hpp"
#include "ports/random.hpp"
#include "ports/side_work.hpp"
#include "ports/topic.hpp"
#include "ports/topic_trouble.hpp"
#include "ports/view_store.hpp"
#include "stream/dedup_index.hpp"

namespace hapax {

struct RunnerSettings {
  CountedEventsSettings counted;
  DedupSettings dedup = {};
  EventsOwnerSettings owner = {};
  /// Between two states of a partition that are kept.
  std::chrono::nanoseconds save_interval = std::chrono::seconds(1);
  /// The same where nothing was counted since: a state is much to keep for how far it is complete.
  std::chrono::nanoseconds progress_interval = std::chrono::seconds(10);
  /// What is older may be deleted from the topics, once it is counted durably: looked for once in
  /// a minute. Nothing: it stays for ever.
  std::optional<Microseconds> retention = {};
  /// Before an owner that failed is tried again.
  std::chrono::nanoseconds retry_interval = std::chrono::seconds(1);
  /// Whether judges stand by here for other processes, where ids count once in the cluster.
  bool stands_by = true;
  /// After so long without a word of a collector nobody waits for it any more.
  Microseconds collector_timeout = std::chrono::seconds(10);
};

/// Runs the owners of those partitions of events and of claims that a group assigns to this
/// process, and judges that stand by for others, all on one thread. Threading: one owner, who also
/// runs the callbacks of topics and stores, none of them inside step(). Lifetime: the parts must
/// outlive it.
class PartitionRunner {
 public:
  /// Of PartitionGroup::assigned().
  enum Topics : std::uint8_t { kEvents, kClaims };
  struct Parts {
    Topic& events;
    Topic& claims;
    Topic& verdicts;
    Topic& control;
    ControlFollower& follower;  ///< Of `control`; step() has it step.
    ObjectStore& objects;
    ViewStore& views;
    SideWork& side;
    PartitionGroup& group;
    const TopicTrouble& trouble;  ///< While there is some, nothing is read, kept or said.
    ClusterCatalog& catalog;      ///< Follows what `follower` reads.
    Random& random;
    const Clock& clock;
    /// A store for the state of this name; another one of the name may be there.
    std::function<std::unique_ptr<PortableStore>(const std::string& state)> make_store;
    std::function<void(const std::string& what)> log;
    HotFeed* hot = nullptr;  ///< Where readers hear of what is not kept yet; null: nowhere.
  };

  PartitionRunner(RunnerSettings settings, const Parts& parts);
  ~PartitionRunner();
  PartitionRunner(const PartitionRunner&) = delete;
  PartitionRunner& operator=(const PartitionRunner&) = delete;

  /// Takes up what is assigned, lets go of what is not, and goes on with all of it.
  void step();

  std::vector<OwnedPartition> events() const;
  std::vector<OwnedPartition> claims() const;
  /// Partitions of claims for which judges stand by here.
  std::vector<OwnedPartition> standbys() const;
  /// What is wrong with what all partitions need; empty when nothing is.
  const std::string& trouble() const { return trouble_; }
  /// All that is assigned is restored, nothing failed last, and the topics are right.
  bool is_ready() const;

 private:
  class EventsHome;
  class ClaimsHome;
  template <typename Home>
  struct Homes;

  template <typename Home>
  void follow(Homes<Home>& homes);
  template <typename Home>
  void step(Homes<Home>& homes);
  static JudgePart::Parts judge_parts(const RunnerSettings& settings, const Parts& parts);
  void follow_standbys();
  void step_standbys();
  void look_for_verdicts(std::chrono::nanoseconds now);
  void follow_control();
  void declare_gone();
  void keep_control();
  void tell_readers();

  const RunnerSettings settings_;
  const std::chrono::nanoseconds trim_interval_;
  const Parts parts_;
  RestorationLine line_;
  std::unique_ptr<Homes<EventsHome>> events_;
  std::unique_ptr<Homes<ClaimsHome>> claims_;
  const std::unique_ptr<StandbyJudges> standbys_;
  std::chrono::nanoseconds tell_next_{};
  std::set<PartitionId> stands_by_for_;
  std::chrono::nanoseconds choose_next_{};
  LateVerdicts late_verdicts_;
  SilenceWatch silence_;
  const std::unique_ptr<Topic> control_;
  OrderedAppender notes_;
  LogTrimmer control_trimmer_;
  std::chrono::nanoseconds trim_control_next_{};
  std::set<CollectorId> declared_;  // Gone, by us.
  std::string trouble_;
  std::optional<HotConfirmation> confirmed_;  // If readers are told.
};

}  // namespace hapax
