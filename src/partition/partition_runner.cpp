// SPDX-License-Identifier: Apache-2.0
#include "partition/partition_runner.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cluster/claims_owner.hpp"
#include "cluster/control_note.hpp"
#include "cluster/judged_ids.hpp"
#include "cluster/topic_log.hpp"
#include "core/time_math.hpp"
#include "partition/guarded_ports.hpp"
#include "partition/hot_telling.hpp"
#include "partition/standby_choice.hpp"

namespace hapax {
namespace {

constexpr PartitionId kControl{0};
/// Judges that stand by speak where the next event lacks its verdict for longer: as a rule it comes
/// within some ten milliseconds.
constexpr std::chrono::nanoseconds kVerdictsLateAfter = std::chrono::milliseconds(500);
/// Between two looks at who is in the group.
constexpr std::chrono::nanoseconds kChooseInterval = std::chrono::seconds(1);
/// Between two times that the ids of a judge that stands by go to its store.
constexpr std::chrono::nanoseconds kSpillInterval = std::chrono::seconds(10);
/// Between two deletions of what is old in a partition, at most.
constexpr std::chrono::nanoseconds kTrimInterval = std::chrono::minutes(1);
/// Notes of control stay so long: who stood still for less finds what it would have read next.
constexpr Microseconds kControlKept = std::chrono::hours(1);

EventsOwnerSettings owner_settings(const RunnerSettings& settings) {
  EventsOwnerSettings owner = settings.owner;
  owner.retention = settings.retention;
  return owner;
}

}  // namespace

JudgePart::Parts PartitionRunner::judge_parts(const RunnerSettings& settings, const Parts& parts) {
  return {.events = parts.events,
          .claims = parts.claims,
          .verdicts = parts.verdicts,
          .dedup = settings.dedup,
          .make_store = parts.make_store};
}

/// The owner of a partition of events, with all that it has for itself.
class PartitionRunner::EventsHome {
 public:
  static constexpr Topics kTopic = kEvents;
  static constexpr const char* kName = "events";

  EventsHome(PartitionId id, const RunnerSettings& settings, const Parts& parts,
             RestorationLine& line)
      : events_(parts.events),
        claims_(parts.claims),
        verdicts_(parts.verdicts),
        control_(parts.control),
        objects_(parts.objects, parts.clock),
        views_(parts.views, parts.clock),
        side_(parts.side),
        state_(make_state(id, settings, parts)),
        owner_(id, owner_settings(settings),
               {.events = events_,
                .claims = claims_,
                .verdicts = verdicts_,
                .control = control_,
                .follower = parts.follower,
                .objects = objects_,
                .views = views_,
                .side = side_,
                .line = line,
                .random = parts.random,
                .state = state_}),
        telling_(id, owner_, *state_) {}

  EventsOwner& owner() { return owner_; }
  const EventsOwner& owner() const { return owner_; }
  HotTelling& telling() { return telling_; }
  Offset position() const { return owner_.counted(); }
  bool wants_save() const { return owner_.is_restored() && state_->wants_save(); }
  void request_progress() { owner_.request_progress(); }
  std::size_t held_bytes() const { return owner_.held_bytes(); }
  bool is_full() const { return owner_.is_full(); }
  std::uint64_t contradictions() const { return owner_.contradictions(); }
  /// Tells errors that are due.
  void step_stores() {
    objects_.step();
    views_.step();
  }
  std::optional<Error> trouble() const {
    return trouble_of({objects_.trouble(), views_.trouble(), events_.trouble(), claims_.trouble(),
                       verdicts_.trouble()});
  }
  /// Whoever has the partition now goes on from what is kept.
  static void leave(std::unique_ptr<EventsHome> /*home*/, PartitionId /*id*/,
                    StandbyJudges& /*standbys*/) {}

 private:
  static std::shared_ptr<CountedEvents> make_state(PartitionId id, const RunnerSettings& settings,
                                                   const Parts& parts) {
    CountedEventsSettings counted = settings.counted;
    counted.log = log_of(parts.events);
    counted.of_cluster = [&follower = parts.follower]() -> const ClusterSettings& {
      return follower.state().settings().newest();
    };
    return with_store(parts.make_store(fmt::format("events-{}", id.value())), [&](auto& store) {
      return CountedEvents(id, counted, parts.catalog, store, make_history(id, settings, parts));
    });
  }
  /// Judges of one partition alone tell nobody what they decide.
  static std::unique_ptr<History> make_history(PartitionId id, const RunnerSettings& settings,
                                               const Parts& parts) {
    if (settings.owner.dedup_scope != DedupScope::kExact) {
      return std::make_unique<NoHistory>();
    }
    return std::make_unique<TopicHistory>(
        TopicHistory::Parts{.partition = id,
                            .events = parts.events,
                            .verdicts = parts.verdicts,
                            .ids = IdHasher(settings.counted.id_key),
                            .settings = settings.counted.results});
  }

  GuardedTopic events_;
  GuardedTopic claims_;
  GuardedTopic verdicts_;
  GuardedTopic control_;
  GuardedObjects objects_;
  GuardedViews views_;
  GuardedSideWork side_;
  const std::shared_ptr<CountedEvents> state_;
  EventsOwner owner_;
  HotTelling telling_;
};

/// The same of a partition of claims.
class PartitionRunner::ClaimsHome {
 public:
  static constexpr Topics kTopic = kClaims;
  static constexpr const char* kName = "claims";

  ClaimsHome(PartitionId id, const RunnerSettings& settings, const Parts& parts,
             RestorationLine& line)
      : events_(parts.events),
        claims_(parts.claims),
        verdicts_(parts.verdicts),
        objects_(parts.objects, parts.clock),
        side_(parts.side),
        judge_(std::make_unique<JudgePart>(id, judge_parts(settings, parts))),
        owner_(id, {.events = events_,
                    .claims = claims_,
                    .verdicts = verdicts_,
                    .objects = objects_,
                    .side = side_,
                    .line = line,
                    .random = parts.random,
                    .judged = judge_->judged(),
                    .retention = settings.retention}) {}

  ClaimsOwner& owner() { return owner_; }
  const ClaimsOwner& owner() const { return owner_; }
  Offset position() const { return owner_.position(); }
  bool wants_save() const { return false; }
  void request_progress() {}
  std::size_t held_bytes() const { return 0; }
  bool is_full() const { return false; }
  std::uint64_t contradictions() const { return 0; }
  void step_stores() { objects_.step(); }
  std::optional<Error> trouble() const {
    return trouble_of({objects_.trouble(), events_.trouble(), claims_.trouble(),
                       verdicts_.trouble(), judge_->trouble()});
  }
  /// The judge goes on without the owner.
  static void leave(std::unique_ptr<ClaimsHome> home, PartitionId id, StandbyJudges& standbys) {
    std::unique_ptr<JudgePart> judge;
    if (home && home->owner_.is_restored()) {
      judge = std::move(home->judge_);
    }
    home.reset();
    if (judge) {
      standbys.adopt(id, std::move(judge));
    }
  }

 private:
  GuardedTopic events_;
  GuardedTopic claims_;
  GuardedTopic verdicts_;
  GuardedObjects objects_;
  GuardedSideWork side_;
  std::unique_ptr<JudgePart> judge_;
  ClaimsOwner owner_;
};

/// Those of one topic.
template <typename Home>
struct PartitionRunner::Homes {
  struct Place {
    std::unique_ptr<Home> home = {};  ///< Null: it waits until it may be tried again.
    std::chrono::nanoseconds try_next = {};
    std::chrono::nanoseconds save_next = {};
    std::chrono::nanoseconds trim_next = {};
    std::chrono::nanoseconds progress_next = {};
    RetryPause retry = {};
    Offset committed = {};
    std::string error = {};
    std::uint64_t contradictions = 0;  ///< That were logged.
  };

  std::vector<OwnedPartition> owned() const {
    std::vector<OwnedPartition> owned;
    for (const auto& [partition, place] : places) {
      OwnedPartition& one = owned.emplace_back();
      one.partition = partition;
      one.error = place.error;
      if (place.home) {
        one.is_restored = place.home->owner().is_restored();
        one.counted = place.home->position();
        one.durable = place.home->owner().durable();
        one.state_bytes = place.home->owner().state_bytes();
        one.waits_for = place.home->owner().waits_for();
        one.held_bytes = place.home->held_bytes();
        one.is_full = place.home->is_full();
        one.contradictions = place.home->contradictions();
      }
    }
    return owned;
  }

  std::map<PartitionId, Place> places;
};

PartitionRunner::PartitionRunner(RunnerSettings settings, const Parts& parts)
    : settings_(std::move(settings)),
      trim_interval_(settings_.retention
                         ? std::min<std::chrono::nanoseconds>(*settings_.retention, kTrimInterval)
                         : kTrimInterval),
      parts_(parts),
      events_(std::make_unique<Homes<EventsHome>>()),
      claims_(std::make_unique<Homes<ClaimsHome>>()),
      standbys_(std::make_unique<StandbyJudges>(StandbyJudges::Parts{
          .judge = judge_parts(settings_, parts_),
          .objects = parts_.objects,
          .side = parts_.side,
          .line = line_,
          .clock = parts_.clock,
          .is_on = settings_.stands_by && settings_.owner.dedup_scope == DedupScope::kExact,
          .spill_interval = kSpillInterval,
          .retry_interval = settings_.retry_interval,
          .log = parts_.log})),
      late_verdicts_(kVerdictsLateAfter, StandbyJudges::kSpeaksFor),
      silence_(settings_.collector_timeout),
      control_(std::make_unique<GuardedTopic>(parts.control)),
      notes_(*control_),
      control_trimmer_(*control_, kControl) {
  if (parts.hot != nullptr) {
    const std::vector<StateTopic> topics{{.what = "events", .topic = &parts.events},
                                         {.what = "claims", .topic = &parts.claims},
                                         {.what = "verdicts", .topic = &parts.verdicts},
                                         {.what = "control", .topic = &parts.control}};
    confirmed_.emplace(*parts.hot, topics, parts.clock);
  }
}

PartitionRunner::~PartitionRunner() = default;

void PartitionRunner::step() {
  if (const Result<void> polled = parts_.group.poll(); !polled) {
    parts_.log(polled.error().text());
  }
  follow(*events_);
  follow(*claims_);
  follow_standbys();
  if (!parts_.trouble.trouble()) {
    follow_control();
    step(*claims_);
    step(*events_);
    step_standbys();
    notes_.step();
    declare_gone();
    keep_control();
  }
  tell_readers();
}

void PartitionRunner::follow_control() {
  const Result<void> followed = parts_.follower.step();
  const std::string trouble = followed ? std::string() : followed.error().text();
  if (!trouble.empty() && trouble != trouble_) {
    parts_.log(trouble);
  }
  trouble_ = trouble;
  parts_.catalog.follow(parts_.follower.state().settings());
}

template <typename Home>
void PartitionRunner::follow(Homes<Home>& homes) {
  const std::set<PartitionId>& assigned = parts_.group.assigned()[Home::kTopic];
  for (auto place = homes.places.begin(); place != homes.places.end();) {
    if (assigned.contains(place->first)) {
      ++place;
    } else {
      Home::leave(std::move(place->second.home), place->first, *standbys_);
      place = homes.places.erase(place);
    }
  }
  const auto now = parts_.clock.monotonic();
  for (const PartitionId partition : assigned) {
    auto& place = homes.places[partition];
    if (!place.home && now >= place.try_next && parts_.follower.has_caught_up()) {
      place.home = std::make_unique<Home>(partition, settings_, parts_, line_);
      place.save_next = now + settings_.save_interval;
      place.trim_next = now + trim_interval_;
    }
  }
}

template <typename Home>
void PartitionRunner::step(Homes<Home>& homes) {
  const auto now = parts_.clock.monotonic();
  for (auto& [partition, place] : homes.places) {
    if (!place.home) {
      continue;
    }
    auto& owner = place.home->owner();
    if (now >= place.save_next || place.home->wants_save()) {
      place.save_next = now + settings_.save_interval;
      owner.request_save();
    }
    if (now >= place.trim_next) {
      place.trim_next = now + trim_interval_;
      owner.request_trim();
    }
    if (now >= place.progress_next) {
      place.progress_next = now + settings_.progress_interval;
      place.home->request_progress();
    }
    place.home->step_stores();
    const Result<void> done = owner.step();
    const std::optional<Error> trouble = done ? place.home->trouble() : done.error();
    const std::string error = trouble ? trouble->text() : std::string();
    if (!error.empty() && error != place.error) {
      parts_.log(fmt::format("{} partition {}: {}", Home::kName, partition.value(), error));
    }
    place.error = error;
    if (place.home->contradictions() > place.contradictions) {
      place.contradictions = place.home->contradictions();
      parts_.log(
          fmt::format("{} partition {}: {} verdicts differ from earlier ones on the same "
                      "events, which hold: somebody changed a topic, or judges of another "
                      "cluster append to it; look at who may write to it",
                      Home::kName, partition.value(), place.contradictions));
    }
    if (owner.durable() > place.committed) {
      place.committed = owner.durable();
      parts_.group.commit(Home::kTopic, partition, place.committed);
    }
    const bool is_lost = !done && !may_be_retried(done.error());
    if (owner.is_deposed()) {
      Home::leave(std::move(place.home), partition, *standbys_);
      place.try_next = now + place.retry.next(settings_.retry_interval);
    } else if (is_lost || (!done && !owner.is_restored())) {
      place.home.reset();
      place.try_next = now + place.retry.next(settings_.retry_interval);
    } else if (owner.is_restored() && error.empty()) {
      place.retry.end();
    }
  }
}

void PartitionRunner::follow_standbys() {
  if (const auto now = parts_.clock.monotonic(); now >= choose_next_) {
    choose_next_ = now + kChooseInterval;
    stands_by_for_ = stands_by_for(
        parts_.group.members(),
        {.events = kEvents, .claims = kClaims, .partitions = parts_.claims.partition_count()});
  }
  std::map<PartitionId, bool> owned;
  for (const auto& [partition, place] : claims_->places) {
    owned[partition] = place.home && place.home->owner().is_restored();
  }
  standbys_->follow(stands_by_for_, owned);
}

void PartitionRunner::step_standbys() {
  const auto now = parts_.clock.monotonic();
  if (!standbys_->is_empty()) {
    look_for_verdicts(now);
  }
  standbys_->step(late_verdicts_.are_late(now));
}

void PartitionRunner::look_for_verdicts(std::chrono::nanoseconds now) {
  std::map<PartitionId, Offset> lacking;
  for (const auto& [partition, place] : events_->places) {
    if (const auto event = place.home ? place.home->owner().lacks_verdict() : std::nullopt) {
      lacking[partition] = *event;
    }
  }
  const bool were_late = late_verdicts_.are_late(now);
  late_verdicts_.look(lacking, now);
  if (!were_late && late_verdicts_.are_late(now)) {
    parts_.log("verdicts do not come: the judges that stand by here say them");
  }
}

/// Any process that reads the topic of control may say so. One that owns no partition need not.
void PartitionRunner::declare_gone() {
  if (events_->places.empty() || !parts_.follower.has_read_all()) {
    return;
  }
  const Completeness& completeness = parts_.follower.state().completeness();
  std::erase_if(declared_, [&](CollectorId one) { return !completeness.has(one); });
  for (const CollectorId silent : silence_.look(completeness, parts_.clock.monotonic())) {
    if (declared_.insert(silent).second) {
      notes_.append(kControl,
                    {.header = {}, .value = encode_note(CollectorGone{.collector = silent})});
    }
  }
}

/// What was counted in this step goes together.
void PartitionRunner::tell_readers() {
  if (parts_.hot == nullptr) {
    return;
  }
  if (!parts_.trouble.trouble()) {
    confirmed_->deliver();
    if (const auto began = parts_.clock.monotonic(); began >= tell_next_) {
      for (auto& [partition, place] : events_->places) {
        if (place.home) {
          place.home->telling().step(*parts_.hot, *confirmed_, parts_.clock,
                                     events_->places.size());
        }
      }
      const auto ended = parts_.clock.monotonic();
      tell_next_ = ended + HotFeedSettings::rest(ended - began);
    }
    confirmed_->ask();
  }
  parts_.hot->step();
}

/// Says what the notes come to, and deletes those that nobody needs. Who has the first partition of
/// events does, so that as a rule one does.
void PartitionRunner::keep_control() {
  const auto first = events_->places.find(PartitionId(0));
  if (first == events_->places.end() || !first->second.home ||
      !first->second.home->owner().is_restored()) {
    return;
  }
  ControlFollower& follower = parts_.follower;
  if (follower.wants_snapshot()) {
    for (const SnapshotPart& part : follower.snapshot(parts_.random.next())) {
      notes_.append(kControl, {.header = {}, .value = encode_note(part)});
    }
  }
  if (const auto now = parts_.clock.monotonic(); now >= trim_control_next_) {
    trim_control_next_ = now + kTrimInterval;
    control_trimmer_.trim(follower.needed_from(),
                          saturating_add(follower.state().completeness().now(), -kControlKept));
  }
}

std::vector<OwnedPartition> PartitionRunner::events() const {
  return events_->owned();
}

std::vector<OwnedPartition> PartitionRunner::claims() const {
  return claims_->owned();
}

std::vector<OwnedPartition> PartitionRunner::standbys() const {
  return standbys_->all();
}

bool PartitionRunner::is_ready() const {
  const auto stands = [](const OwnedPartition& one) {
    return one.is_restored && !one.is_full && one.error.empty();
  };
  const std::vector<OwnedPartition> events = this->events();
  const std::vector<OwnedPartition> claims = this->claims();
  return !parts_.trouble.trouble() && trouble_.empty() && std::ranges::all_of(events, stands) &&
         std::ranges::all_of(claims, stands);
}

}  // namespace hapax
