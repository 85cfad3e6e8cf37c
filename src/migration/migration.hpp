// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cluster/collection.hpp"
#include "cluster/control_follower.hpp"
#include "cluster/settings_proposal.hpp"
#include "core/result.hpp"
#include "hash/id_hasher.hpp"
#include "migration/log_survey.hpp"
#include "migration/topic_prefix.hpp"
#include "ports/clock.hpp"
#include "ports/random.hpp"
#include "ports/topic.hpp"
#include "record/event_wire.hpp"

namespace hapax {

struct MigrationSettings {
  /// Of one request to the collection.
  std::size_t request_records = 1'000;
  std::size_t request_bytes = std::size_t{1} << 20U;  ///< About.
  std::size_t bytes_under_way_max = std::size_t{16} << 20U;
  /// Others call a collector gone that is silent for long.
  std::chrono::nanoseconds report_interval = std::chrono::seconds(1);
  CollectionSettings collection = {};
};

/// Whether events of `log` can be brought into a cluster in which that is `said`. Errors: kInvalid,
/// it has those of another log, or its collectors may have taken some.
Result<void> check_may_migrate(const ControlState& said, LogId log);

/// Brings the events of one machine's log into the topic of events of a new cluster, in their order
/// and with the times at which they were received, so that the cluster counts what the machine
/// counts. It appends as a collector does, so the books of collectors hold of it, too.
///
/// What is in the topic is how far it is: of each partition the first events of the log that belong
/// there. So one that was stopped, killed, or failed goes on when another one begins: that fences
/// what the former one has on its way, reads what is there, and appends the rest. Whoever else has
/// appended there is told by the fingerprint of what is there, and nothing is appended then.
///
/// From before its first event until it is done the settings of the cluster say so: meanwhile
/// collectors take nothing, and nothing is complete. Events that collectors took before would
/// move the time of partitions past that of what is brought in, so a cluster whose collectors were
/// started is refused, before anything is said.
/// Threading: one owner, who runs the callbacks of the topics, too. Lifetime: the parts must
/// outlive it; it must outlive what it appends, or the process end with it.
class Migration {
 public:
  struct Parts {
    Topic& events;
    Topic& control;
    ControlFollower& follower;  ///< Of `control`, has read all; it has it step.
    const Clock& clock;
    Random& random;
    NextBatches next;  ///< Of the log, from its beginning.
  };
  /// What comes one after the other.
  enum class Stage : std::uint8_t {
    kBegin,
    kLookForEvents,
    kJoin,
    kFence,
    kLook,
    kAppend,
    kLeave,
    kEnd,
    kDone
  };

  /// `log`: its id. `survey`: of all of it. `ids`: of the cluster's key. The roles of the cluster
  /// have agreed.
  Migration(LogId log, LogSurvey survey, const IdHasher& ids, const MigrationSettings& settings,
            Parts parts);
  Migration(const Migration&) = delete;
  Migration& operator=(const Migration&) = delete;

  /// Goes on. True: all of it is there, and the cluster knows. Errors, after which it is of no use
  /// any more: kInvalid, this log cannot become that cluster's; kUnavailable, begin another one;
  /// kCorrupt; those of the log.
  Result<bool> step();

  Stage stage() const { return stage_; }
  /// Why it does not go on, if the brokers do not answer; else empty.
  const std::string& trouble() const { return trouble_; }
  /// Events that are in the topic, or on their way.
  std::uint64_t events_done() const { return found_ + given_; }
  /// Of these, those that were there when it began.
  std::uint64_t events_found() const { return found_; }

 private:
  /// Of a partition of the topic.
  struct Place {
    EventPrefix there;   ///< When it began.
    EventPrefix passed;  ///< Of the log.
    Offset end;          ///< Below it is all that it knows of.
  };

  Result<void> begin();
  void look_for_events();
  Result<void> say_that_it_begins();
  Result<void> join();
  void append_fences();
  Result<void> look();
  Result<void> append();
  Result<void> append_some();
  void give(std::vector<CollectedEvent> events, std::size_t bytes);
  Result<void> take(const LogBatch& batch);
  Result<void> take(const EventView& event, std::string_view record);
  Result<void> check_all_was_passed() const;
  Result<void> leave();
  Result<void> end();
  void report();
  const ClusterSettings& holds() const { return parts_.follower.state().settings().newest(); }
  MigratedLog migrated(bool is_done) const;
  void propose(bool is_done);
  Result<bool> proposed();
  Result<void> follow();

  const LogId log_;
  const LogSurvey survey_;
  const IdHasher ids_;
  const MigrationSettings settings_;
  const Parts parts_;
  Stage stage_ = Stage::kBegin;
  std::optional<SettingsProposal> proposal_;
  std::optional<Collection> collection_;
  std::chrono::nanoseconds next_report_{0};
  std::uint32_t asked_ = 0;  // Partitions that have not answered.
  std::optional<TopicPrefix> prefix_;
  std::vector<Place> places_;
  RecordMemory memory_;
  std::vector<CollectedEvent> taken_;  // Of the batches that were read last.
  std::size_t taken_given_ = 0;        // Of these.
  bool log_is_over_ = false;
  std::uint64_t found_ = 0;
  std::uint64_t given_ = 0;
  std::uint64_t unanswered_ = 0;  // Requests.
  std::size_t bytes_under_way_ = 0;
  std::string trouble_;
  std::optional<Error> failure_;
};

}  // namespace hapax
