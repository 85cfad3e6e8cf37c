// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cluster/collection.hpp"
#include "cluster/control_follower.hpp"
#include "cluster/counted_place.hpp"
#include "cluster/silence_watch.hpp"
#include "sim_states.hpp"
#include "sim_stores.hpp"
#include "sim_topic.hpp"
#include "sim_world.hpp"

namespace hapax::sim {

/// A cluster of the real state machines on simulated brokers, stores, machines and people, with
/// whatever faults its seed draws; run() says what was wrong, or nothing.
class Cluster {
 public:
  /// With `loses`, records are lost that were acknowledged.
  Cluster(std::uint64_t seed, DedupScope scope, bool loses = false);
  ~Cluster();

  /// Trouble for a while, then none: what must hold at every moment and at the end.
  std::string run();
  const std::map<std::string, std::uint64_t>& goals() const { return world_.goals; }

 private:
  struct Shared;
  struct EventsHome;
  struct JudgeHome;
  struct ClaimsHome;
  struct StandbyHome;
  struct Process;
  struct Collector;
  struct Client;

  ProcessingTime wall() const { return ProcessingTime(kStart + world_.now); }

  void draw_faults();
  void trouble(Microseconds length);
  void let_window_pass();
  bool all_is_sent() const;
  void mend();
  bool settle();
  bool complete_has_risen() const;
  bool is_in_sample(const TopicRecord& record) const;

  // Machines that process.
  void loop(std::size_t process);
  void follow_control(Process& process);
  ControlFollowerSettings follower_settings() const;
  void step(std::size_t process);
  template <typename Home>
  void take_up(std::size_t process, const std::vector<std::size_t>& at,
               std::map<PartitionId, std::unique_ptr<Home>>& homes);
  template <typename Home>
  void step_homes(std::map<PartitionId, std::unique_ptr<Home>>& homes);
  void stand_by(Process& process);
  void look_at_standby(PartitionId id, const StandbyHome& home);
  void leave(Process& process, PartitionId id);
  void move(bool events, PartitionId partition);
  void change_settings();
  void crash(std::size_t process);
  void pause(std::size_t process, Microseconds length);
  std::size_t healthy_process();

  // Collectors.
  void start_collector(Collector& collector);
  void loop(Collector& collector);
  void crash(Collector& collector);
  void declare_gone(Process& process);
  void append_note(const ControlNote& note);

  // People.
  void send(Client& client, const std::vector<SimEvent>& batch, bool again);
  void next_batch(Client& client);
  PartitionId partition_of(std::uint32_t key) const;
  void serve(Collector& collector, const std::vector<SimEvent>& batch,
             const std::function<void(bool)>& answer);

  // What must hold.
  bool lose(PartitionId partition, const TopicEntry& entry);
  void see_event(PartitionId partition, const TopicRecord& record);
  void see_claims(PartitionId partition, const TopicRecord& record);
  void see_verdicts(PartitionId partition, const TopicRecord& record);
  void see_control(const TopicRecord& record);
  void see_deletion(const std::string& topic, PartitionId partition, Offset start);
  void look_at_snapshot(Offset at, const ControlNote& note);
  const ClusterSettings& newest_settings() const { return true_control_->settings().newest(); }
  void see_published(PartitionId partition, const Published& published);
  void look_at_views();
  void look_at_books(PartitionId partition, const std::vector<CollectorAudit>& audits);
  void check_rows(PartitionId partition, Offset counted);
  std::vector<TopicRecord> counted_events(PartitionId partition, Offset below) const;
  void see_missed(PartitionId partition, const SimTold& before, const SimTold& told);
  void check_end();
  void check_books();
  void check_books(PartitionId partition, const std::vector<CollectorAudit>& audits);
  CollectorFigures right_figures(PartitionId partition, CollectorId collector,
                                 const std::set<std::uint64_t>& there) const;
  bool is_lost(PartitionId partition, CollectorId collector) const;
  void check_forgotten();
  void check_forgotten(std::uint64_t kept, std::uint64_t all);
  void check_missed();

  static constexpr Microseconds kStart{1'700'000'000'000'000};
  static constexpr Microseconds kLongPause = std::chrono::seconds(45);
  static constexpr std::uint64_t kMarks = 4;
  static constexpr std::uint32_t kPartitions = 3;
  static constexpr std::uint32_t kClaims = 2;

  World world_;
  TopicLog events_;
  TopicLog claims_;
  TopicLog verdicts_;
  TopicLog control_;
  Objects objects_;
  Views views_;
  EventsOwnerSettings settings_;
  const bool loses_;
  ClusterSettings first_settings_ = kFirstSettings;
  bool window_passes_ = false;
  bool one_is_empty_ = false;  // A partition has no key.
  bool troubled_ = true;
  std::uint64_t moves_one_in_ = 0;

  std::vector<std::unique_ptr<Process>> processes_;
  std::vector<std::unique_ptr<Collector>> collectors_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<std::size_t> events_at_;  // Which process a partition is assigned to.
  std::vector<std::size_t> claims_at_;

  // What was seen.
  std::map<std::pair<PartitionId, Offset>, Claim> claimed_;
  std::map<Hash128, std::pair<PartitionId, Claim>> firsts_;  // By id.
  /// Of a partition of claims, by that of events: below it nothing is claimed any more.
  std::map<std::pair<PartitionId, PartitionId>, Offset> settled_;
  std::map<std::pair<PartitionId, Offset>, Verdict> said_;
  std::unique_ptr<ControlState> true_control_;
  std::map<Offset, std::string> said_by_;  // What the notes up to an offset come to.
  SnapshotParts snapshots_;
  std::set<std::uint64_t> acknowledged_;
  std::set<CollectorId> joined_;
  std::set<CollectorId> gone_;
  std::set<CollectorId> left_;
  std::map<CollectorId, CollectorReport> reports_;  // The last of each.
  std::map<std::pair<PartitionId, CollectorId>, std::set<std::uint64_t>> lost_;
  std::map<std::pair<PartitionId, std::uint64_t>, std::uint64_t> compared_;
  std::map<PartitionId, SimTold> published_;
  std::uint64_t next_id_ = 1;
};

}  // namespace hapax::sim
