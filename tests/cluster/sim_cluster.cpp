// SPDX-License-Identifier: Apache-2.0
#include "sim_cluster.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bytes/bytes.hpp"
#include "cluster/control_note.hpp"
#include "cluster/log_trimmer.hpp"
#include "cluster/manifest.hpp"
#include "cluster/missed_watch.hpp"
#include "cluster/standby_judge.hpp"

namespace hapax::sim {
namespace {

std::uint64_t settled_of(const CollectorReport& report) {
  std::uint64_t settled = 0;
  for (const CollectorAccount& account : report.accounts) {
    settled += account.settled;
  }
  return settled;
}

template <typename T>
const T* note_of(const ControlNote& note) {
  return std::get_if<T>(&note);
}

}  // namespace

/// What a process has for all of its partitions.
struct Cluster::Shared {
  explicit Shared(Cluster& cluster)
      : topic(cluster.world_, cluster.control_, life),
        follower(topic, cluster.follower_settings()),
        notes(topic),
        trimmer(topic, PartitionId(0)) {}
  ~Shared() { life->alive = false; }

  LifePtr life = std::make_shared<Life>();
  SimTopic topic;
  ControlFollower follower;
  OrderedAppender notes;
  LogTrimmer trimmer;
  RestorationLine line;
  std::optional<Offset> began_at = {};  // As of the follower.
};

struct Cluster::EventsHome {
  EventsHome(Cluster& cluster, PartitionId id, Shared& shared)
      : events(cluster.world_, cluster.events_, life),
        claims(cluster.world_, cluster.claims_, life),
        verdicts(cluster.world_, cluster.verdicts_, life),
        control(cluster.world_, cluster.control_, life),
        objects(cluster.world_, cluster.objects_, life),
        views(cluster.world_, cluster.views_, life),
        side(cluster.world_, life),
        state(std::make_shared<SimCounted>(cluster.world_)),
        owner(id, cluster.settings_,
              {.events = events,
               .claims = claims,
               .verdicts = verdicts,
               .control = control,
               .follower = shared.follower,
               .objects = objects,
               .views = views,
               .side = side,
               .line = shared.line,
               .random = cluster.world_.random,
               .state = state}) {}
  ~EventsHome() { life->alive = false; }
  void save(bool for_progress) { for_progress ? owner.request_progress() : owner.request_save(); }

  /// What it has taken over with the state.
  void look(World& world) {
    if (owner.is_restored() && !std::exchange(looked, true) && owner.missed() &&
        owner.missed()->awaited > 0) {
      world.reached("a question outlives its owner");
    }
  }

  LifePtr life = std::make_shared<Life>();
  SimTopic events;
  SimTopic claims;
  SimTopic verdicts;
  SimTopic control;
  SimObjects objects;
  SimViews views;
  SimSideWork side;
  std::shared_ptr<SimCounted> state;
  EventsOwner owner;
  bool looked = false;
};

/// A judge, which may outlive the owner that it was made for.
struct Cluster::JudgeHome {
  JudgeHome(Cluster& cluster, PartitionId id)
      : claims(cluster.world_, cluster.claims_, life),
        verdicts(cluster.world_, cluster.verdicts_, life),
        store(cluster.world_),
        state(std::make_shared<JudgedIds>(kPartitions, small_buckets(), store)),
        judged(id, claims, verdicts, state) {}
  ~JudgeHome() { life->alive = false; }

  LifePtr life = std::make_shared<Life>();
  SimTopic claims;
  SimTopic verdicts;
  SimStore store;
  std::shared_ptr<JudgedIds> state;
  JudgedClaims judged;
};

struct Cluster::ClaimsHome {
  ClaimsHome(Cluster& cluster, PartitionId id, Shared& shared)
      : world(cluster.world_),
        events(cluster.world_, cluster.events_, life),
        claims(cluster.world_, cluster.claims_, life),
        verdicts(cluster.world_, cluster.verdicts_, life),
        objects(cluster.world_, cluster.objects_, life),
        side(cluster.world_, life),
        judge(std::make_unique<JudgeHome>(cluster, id)),
        owner(id, {.events = events,
                   .claims = claims,
                   .verdicts = verdicts,
                   .objects = objects,
                   .side = side,
                   .line = shared.line,
                   .random = cluster.world_.random,
                   .judged = judge->judged,
                   .saves_per_collection = 2,
                   .retention = cluster.settings_.retention}) {}
  void look(World& /*world*/) {}
  ~ClaimsHome() {
    life->alive = false;
    if (!owner.is_restored()) {
      return;
    }
    const JudgeStats stats = judge->state->judge().stats();
    if (stats.repeated > 0) {
      world.reached("a claim is made again");
    }
    if (stats.stale > 0) {
      world.reached("a claim of what is settled comes late");
    }
  }
  void save(bool /*for_progress*/) { owner.request_save(); }

  World& world;
  LifePtr life = std::make_shared<Life>();
  SimTopic events;
  SimTopic claims;
  SimTopic verdicts;
  SimObjects objects;
  SimSideWork side;
  std::shared_ptr<JudgeHome> judge;
  ClaimsOwner owner;
};

/// One that stands by: with a copy of the state, or with the judge of an owner that is no more.
struct Cluster::StandbyHome {
  StandbyHome(Cluster& cluster, PartitionId id, Shared& shared)
      : judge(std::make_shared<JudgeHome>(cluster, id)),
        copying(std::make_unique<Copying>(cluster, id, shared, judge->judged)) {}
  explicit StandbyHome(std::shared_ptr<JudgeHome> former) : judge(std::move(former)) {}

  bool is_restored() const { return !copying || copying->standby.is_restored(); }
  Result<void> step() { return copying ? copying->standby.step() : judge->judged.step(); }

  struct Copying {
    Copying(Cluster& cluster, PartitionId id, Shared& shared, JudgedClaims& judged)
        : events(cluster.world_, cluster.events_, life),
          claims(cluster.world_, cluster.claims_, life),
          verdicts(cluster.world_, cluster.verdicts_, life),
          objects(cluster.world_, cluster.objects_, life),
          side(cluster.world_, life),
          standby(id, {.events = events,
                       .claims = claims,
                       .verdicts = verdicts,
                       .objects = objects,
                       .side = side,
                       .line = shared.line,
                       .judged = judged}) {}
    ~Copying() { life->alive = false; }

    LifePtr life = std::make_shared<Life>();
    SimTopic events;
    SimTopic claims;
    SimTopic verdicts;
    SimObjects objects;
    SimSideWork side;
    StandbyJudge standby;
  };

  std::shared_ptr<JudgeHome> judge;
  std::unique_ptr<Copying> copying;
};

struct Cluster::Process {
  explicit Process(Cluster& cluster) : shared(std::make_unique<Shared>(cluster)) {}

  bool up = true;
  bool paused = false;
  std::unique_ptr<Shared> shared;
  std::map<PartitionId, std::unique_ptr<EventsHome>> events;
  std::map<PartitionId, std::unique_ptr<ClaimsHome>> claims;
  std::map<PartitionId, std::unique_ptr<StandbyHome>> standbys;
  SilenceWatch silence{std::chrono::milliseconds(400)};

  std::vector<LifePtr> lives() const {
    std::vector<LifePtr> all{shared->life};
    for (const auto& [id, home] : events) {
      all.push_back(home->life);
    }
    for (const auto& [id, home] : claims) {
      all.insert(all.end(), {home->life, home->judge->life});
    }
    for (const auto& [id, home] : standbys) {
      all.push_back(home->judge->life);
      if (home->copying) {
        all.push_back(home->copying->life);
      }
    }
    return all;
  }
};

struct Cluster::Collector {
  bool up = false;
  bool paused = false;
  Microseconds skew{0};
  LifePtr life;
  std::unique_ptr<SimTopic> events;
  std::unique_ptr<SimTopic> control;
  std::unique_ptr<ControlFollower> follower;
  std::unique_ptr<Collection> collection;
};

struct Cluster::Client {
  std::uint32_t key = 0;
  std::uint32_t number = 0;
  std::uint32_t batches_left = 0;
  std::uint64_t attempt = 0;
  bool waiting = false;
};

Cluster::Cluster(std::uint64_t seed, DedupScope scope, bool loses)
    : world_(seed),
      events_(world_, kPartitions),
      claims_(world_, kClaims),
      verdicts_(world_, kPartitions),
      control_(world_, 1),
      loses_(loses) {
  for (TopicLog* topic : {&events_, &claims_, &verdicts_, &control_}) {
    topic->skew(kStart);
  }
  settings_.books = {.mark_records = kMarks, .ended_shown_for = std::chrono::seconds(3)};
  settings_.saves_per_collection = 2;
  if (world_.random.one_in(2)) {
    settings_.retention = world_.between(0, 400'000);
    settings_.clocks_apart = std::chrono::milliseconds(4);
  }
  // Clocks that differ by as much as the window make it shorter, so it is one or the other.
  const bool clocks_agree = world_.random.one_in(2);
  first_settings_.dedup_window =
      clocks_agree ? Microseconds(std::chrono::seconds(12)) : std::chrono::hours(24 * 60);
  true_control_ = std::make_unique<ControlState>(first_settings_);
  one_is_empty_ = world_.random.one_in(3);
  window_passes_ = clocks_agree && world_.random.one_in(2);
  claims_.watch([this](PartitionId p, const TopicRecord& record) { see_claims(p, record); });
  events_.watch([this](PartitionId p, const TopicRecord& record) { see_event(p, record); });
  events_.lose([this](PartitionId p, const TopicEntry& entry) { return lose(p, entry); });
  verdicts_.watch([this](PartitionId p, const TopicRecord& record) { see_verdicts(p, record); });
  control_.watch([this](PartitionId, const TopicRecord& record) { see_control(record); });
  events_.watch_deletions(
      [this](PartitionId p, Offset start) { see_deletion("events", p, start); });
  verdicts_.watch_deletions(
      [this](PartitionId p, Offset start) { see_deletion("verdicts", p, start); });
  claims_.watch_deletions(
      [this](PartitionId p, Offset start) { see_deletion("claims", p, start); });
  views_.watch = [this](PartitionId p, const Published& published) { see_published(p, published); };
  settings_.dedup_scope = scope;
  if (scope == DedupScope::kPartition) {
    settings_.missed_sample =
        MissedDuplicates::kWhole / (world_.random.one_in(4) ? 1 + world_.random.below(4) : 1);
    settings_.missed_awaited_max = world_.random.one_in(4) ? 3 : 1000;
  }
  draw_faults();
  for (std::size_t i = 0; i < 3; ++i) {
    processes_.push_back(std::make_unique<Process>(*this));
    loop(i);
  }
  events_at_.assign(kPartitions, 0);
  claims_at_.assign(kClaims, 0);
  for (std::uint32_t p = 0; p < kPartitions; ++p) {
    move(true, PartitionId(p));
  }
  for (std::uint32_t p = 0; p < kClaims; ++p) {
    move(false, PartitionId(p));
  }
  for (std::size_t i = 0; i < 2; ++i) {
    collectors_.push_back(std::make_unique<Collector>());
    Collector& collector = *collectors_.back();
    const std::int64_t hour = 3'600'000'000;
    const std::int64_t skews[] = {0, 0, 20'000, -20'000, hour, -hour, 720 * hour};
    collector.skew = Microseconds(skews[world_.random.below(clocks_agree ? 4 : std::size(skews))]);
    start_collector(collector);
    loop(collector);
  }
  for (std::uint32_t key = 0; key < 6; ++key) {
    clients_.push_back(std::make_unique<Client>());
    clients_.back()->key = key;
  }
}

Cluster::~Cluster() = default;

void Cluster::draw_faults() {
  const auto odds = [&](std::uint64_t often) {
    return world_.random.one_in(2) ? 0 : often + world_.random.below(4 * often);
  };
  world_.faults = {.append_lost = odds(12),
                   .append_cut = odds(12),
                   .append_answer_lost = odds(12),
                   .append_late = odds(12),
                   .call_lost = odds(10),
                   .answer_lost = odds(10),
                   .call_late = odds(15),
                   .read_error = odds(10),
                   .gap = odds(6),
                   .record_lost = loses_ ? 60U : 0U};
  moves_one_in_ = odds(20);
}

std::string Cluster::run() {
  trouble(std::chrono::milliseconds(1200));
  if (window_passes_) {
    let_window_pass();
    trouble(std::chrono::milliseconds(800));
  }
  mend();
  if (world_.failure.empty() && !settle()) {
    world_.fail("it does not come to an end");
  }
  if (world_.failure.empty()) {
    check_end();
    check_books();
    check_forgotten();
    check_missed();
  }
  return world_.failure;
}

/// Long enough that what was seen before is forgotten. Who is paused comes back behind it.
void Cluster::let_window_pass() {
  if (world_.random.one_in(2)) {
    pause(world_.random.below(processes_.size()), kLongPause);
  }
  world_.faults = {};
  troubled_ = false;
  while (!all_is_sent()) {
    world_.run_until(world_.now + std::chrono::milliseconds(100));
  }
  world_.run_until(world_.now + std::chrono::milliseconds(2500));  // What was late has come.
  // Nobody has anything to do, so the steps of half a minute are left out.
  world_.now += kLongPause - std::chrono::seconds(5);
  next_id_ += 8;  // What came before it is not the same any more.
  world_.reached("the window passes");
  draw_faults();
  troubled_ = true;
}

bool Cluster::all_is_sent() const {
  return std::ranges::all_of(
      clients_, [](const auto& client) { return client->batches_left == 0 && !client->waiting; });
}

void Cluster::trouble(Microseconds length) {
  for (const std::unique_ptr<Client>& client : clients_) {
    client->batches_left += 1 + static_cast<std::uint32_t>(world_.random.below(5));
    if (!client->waiting) {
      world_.after(world_.between(0, 50'000), [this, one = client.get()] { next_batch(*one); });
    }
  }
  const Microseconds end = world_.now + length;
  while (world_.now < end && world_.failure.empty()) {
    world_.run_until(world_.now + world_.between(2000, 30'000));
    look_at_views();
    switch (world_.random.below(24)) {
      case 0:
        crash(world_.random.below(processes_.size()));
        break;
      case 1:
        pause(world_.random.below(processes_.size()), world_.between(5000, 1'500'000));
        break;
      case 2:
        crash(*collectors_[world_.random.below(collectors_.size())]);
        break;
      case 3: {
        Collector& collector = *collectors_[world_.random.below(collectors_.size())];
        if (collector.up && !collector.paused) {
          collector.paused = collector.life->paused = true;
          world_.after(world_.between(5000, 900'000), [this, &collector, life = collector.life] {
            if (life->alive) {
              collector.paused = false;
              world_.resume(*life);
            }
          });
        }
        break;
      }
      case 4:
        change_settings();
        break;
      case 5:
        collectors_[world_.random.below(collectors_.size())]->collection->leave();
        break;
      default:
        break;
    }
    if (world_.happens(moves_one_in_ / 4)) {
      move(true, PartitionId(static_cast<std::uint32_t>(world_.random.below(kPartitions))));
    }
    if (world_.happens(moves_one_in_ / 4)) {
      move(false, PartitionId(static_cast<std::uint32_t>(world_.random.below(kClaims))));
    }
  }
}

void Cluster::mend() {
  world_.faults = {};
  troubled_ = false;
  for (const std::unique_ptr<Process>& process : processes_) {
    process->paused = false;
    for (const LifePtr& life : process->lives()) {
      world_.resume(*life);
    }
  }
}

bool Cluster::settle() {
  for (int tries = 0; tries < 400 && world_.failure.empty(); ++tries) {
    world_.run_until(world_.now + std::chrono::milliseconds(50));
    bool done = all_is_sent() && tries > 60;  // What was late has come.
    for (std::uint32_t p = 0; p < kPartitions && done; ++p) {
      const PartitionId id(p);
      const Process& process = *processes_[events_at_[p]];
      const auto home = process.events.find(id);
      done = home != process.events.end() && home->second->owner.is_saved() &&
             home->second->owner.durable() == events_.end(id) && published_.contains(id) &&
             published_[id].place.counted == events_.end(id) && published_[id].awaited == 0;
    }
    if (done && complete_has_risen()) {
      return true;
    }
  }
  return false;
}

/// To what the clocks of all collectors have passed, those that are no more left out.
bool Cluster::complete_has_risen() const {
  ProcessingTime passed = wall();
  for (const std::unique_ptr<Collector>& collector : collectors_) {
    passed = std::min(passed, wall() + collector->skew);
  }
  return std::ranges::all_of(published_, [&](const auto& one) {
    return one.second.place.complete > passed - std::chrono::seconds(1);
  });
}

// Machines that process.

void Cluster::loop(std::size_t process) {
  world_.after(world_.between(2000, 8000), [this, process] {
    step(process);
    loop(process);
  });
}

void Cluster::step(std::size_t index) {
  Process& process = *processes_[index];
  if (!process.up || process.paused) {
    return;
  }
  follow_control(process);
  take_up(index, events_at_, process.events);
  take_up(index, claims_at_, process.claims);
  step_homes(process.events);
  step_homes(process.claims);
  stand_by(process);
  if (!process.events.empty() && process.shared->follower.has_read_all()) {
    declare_gone(process);
  }
}

/// Whoever owns some partition may say what the notes come to, several at once.
void Cluster::follow_control(Process& process) {
  Shared& shared = *process.shared;
  shared.notes.step();
  if (const Result<void> done = shared.follower.step(); !done && !may_be_retried(done.error())) {
    world_.fail(done.error().text());
  }
  if (shared.follower.has_caught_up() && shared.began_at != shared.follower.began_at()) {
    if (shared.began_at) {
      world_.reached("who stood still goes on from a snapshot");
    } else if (shared.follower.began_at() > Offset(0)) {
      world_.reached("a start reads a snapshot");
    }
    shared.began_at = shared.follower.began_at();
  }
  if (process.events.empty()) {
    return;
  }
  if (world_.random.one_in(4)) {
    shared.trimmer.trim(shared.follower.needed_from(),
                        shared.follower.state().completeness().now());
  }
  if (shared.follower.wants_snapshot() && world_.random.one_in(2)) {
    for (const SnapshotPart& part : shared.follower.snapshot(world_.random.next())) {
      shared.notes.append(PartitionId(0), {.header = {}, .value = encode_note(part)});
    }
  }
}

/// Snapshots are written often, and in small parts.
ControlFollowerSettings Cluster::follower_settings() const {
  return {.first_settings = first_settings_,
          .snapshot_after_bytes = 4000,
          .part_bytes_max = 600,
          .first_look_records = 16};
}

/// What is assigned to a process and not there: it was moved here, or taken by another one that
/// did not know that it was moved back.
template <typename Home>
void Cluster::take_up(std::size_t process, const std::vector<std::size_t>& at,
                      std::map<PartitionId, std::unique_ptr<Home>>& homes) {
  for (std::uint32_t p = 0; p < at.size(); ++p) {
    if (at[p] == process && !homes.contains(PartitionId(p)) && world_.random.one_in(3)) {
      homes.emplace(PartitionId(p),
                    std::make_unique<Home>(*this, PartitionId(p), *processes_[process]->shared));
    }
  }
}

/// Judges stand by now and then, and speak when they like: whether their owner is there is a guess
/// in any case.
void Cluster::stand_by(Process& process) {
  const PartitionId id(static_cast<std::uint32_t>(world_.random.below(kClaims)));
  if (!process.claims.contains(id) && !process.standbys.contains(id) && world_.random.one_in(20)) {
    process.standbys.emplace(id, std::make_unique<StandbyHome>(*this, id, *process.shared));
  }
  std::erase_if(process.standbys, [&](auto& one) {
    StandbyHome& home = *one.second;
    if (home.is_restored() && world_.random.one_in(20)) {
      home.judge->judged.speak(world_.random.one_in(2));
    }
    Result<void> done = home.step();
    if (done && home.is_restored() && world_.random.one_in(30)) {
      done = home.judge->state->spill();
    }
    look_at_standby(one.first, home);
    const bool is_late = !done && done.error().message == kDeleted;
    if (!done && !is_late && !may_be_retried(done.error())) {
      world_.fail(done.error().text());
    }
    return is_late || (!done && !home.is_restored()) || world_.random.one_in(200);
  });
}

void Cluster::look_at_standby(PartitionId id, const StandbyHome& home) {
  if (!home.is_restored() || !home.judge->judged.speaks()) {
    return;
  }
  const Process& process = *processes_[claims_at_[id.value()]];
  const auto owner = process.claims.find(id);
  const bool is_ahead = owner == process.claims.end() || !owner->second->owner.is_restored() ||
                        owner->second->owner.position() < home.judge->judged.position();
  world_.reached(is_ahead ? "a judge that stands by speaks before the owner"
                          : "a judge that stands by speaks behind the owner");
}

/// What an owner of claims leaves behind.
void Cluster::leave(Process& process, PartitionId id) {
  const auto home = process.claims.find(id);
  if (home == process.claims.end()) {
    return;
  }
  std::shared_ptr<JudgeHome> judge =
      home->second->owner.is_restored() ? home->second->judge : nullptr;
  process.claims.erase(home);
  if (judge && world_.random.one_in(2)) {
    judge->judged.speak(true);
    process.standbys[id] = std::make_unique<StandbyHome>(std::move(judge));
    world_.reached("a judge stands by for who came after its owner");
  }
}

template <typename Home>
void Cluster::step_homes(std::map<PartitionId, std::unique_ptr<Home>>& homes) {
  for (auto at = homes.begin(); at != homes.end();) {
    Home& home = *at->second;
    if (world_.random.one_in(troubled_ ? 10 : 4)) {
      home.save(world_.random.one_in(3));
    }
    if (world_.random.one_in(20)) {
      home.owner.request_trim();
    }
    home.look(world_);
    const Result<void> done = home.owner.step();
    const bool is_late = !done && done.error().message == kDeleted;
    if (!done && !is_late && !may_be_retried(done.error())) {
      world_.fail(done.error().text());
    }
    if (home.owner.is_deposed()) {
      world_.reached("an owner learns that it is deposed");
      at = homes.erase(at);
    } else if (is_late) {
      // Its successor has gone on; were it the owner, the next one could not go on either.
      world_.reached("a deposed owner would read what is deleted");
      at = homes.erase(at);
    } else if (!done && !home.owner.is_restored()) {
      world_.reached("a state does not come");
      at = homes.erase(at);  // It is tried anew.
    } else {
      ++at;
    }
  }
}

std::size_t Cluster::healthy_process() {
  std::size_t process = world_.random.below(processes_.size());
  while (!processes_[process]->up) {
    process = (process + 1) % processes_.size();
  }
  return process;
}

/// As a group of consumers does: nobody waits for the former owner for long.
void Cluster::move(bool events, PartitionId partition) {
  const std::size_t to = healthy_process();
  std::size_t& at = (events ? events_at_ : claims_at_)[partition.value()];
  const std::size_t from = at;
  at = to;
  if (from == to) {
    return;
  }
  world_.after(world_.between(0, 300'000), [this, events, partition, from] {
    Process& process = *processes_[from];
    if (process.paused || (events ? events_at_ : claims_at_)[partition.value()] == from) {
      return;  // A paused one does not hear of it; it will learn it by itself.
    }
    if (events) {
      process.events.erase(partition);
    } else {
      leave(process, partition);
    }
  });
}

/// By an operator; sometimes two of them at once.
void Cluster::change_settings() {
  for (std::uint64_t count = 1 + world_.random.below(2); count > 0; --count) {
    const ClusterSettings next{
        .epoch = SettingsEpoch(newest_settings().epoch.value() + 1),
        .dedup_window = newest_settings().dedup_window + world_.between(1, 3'000'000)};
    world_.after(world_.between(0, 3000), [this, next] { append_note(next); });
  }
}

void Cluster::crash(std::size_t index) {
  Process& process = *processes_[index];
  const auto up =
      std::ranges::count_if(processes_, [](const auto& one) { return one->up && !one->paused; });
  if (!process.up || process.paused || up < 2) {
    return;
  }
  world_.reached("a process is killed");
  process.up = false;
  process.events.clear();
  process.claims.clear();
  process.standbys.clear();
  process.shared = std::make_unique<Shared>(*this);
  world_.after(world_.between(20'000, 200'000), [this, index] {
    for (std::uint32_t p = 0; p < kPartitions; ++p) {
      if (events_at_[p] == index) {
        move(true, PartitionId(p));
      }
    }
    for (std::uint32_t p = 0; p < kClaims; ++p) {
      if (claims_at_[p] == index) {
        move(false, PartitionId(p));
      }
    }
    processes_[index]->up = true;
  });
}

void Cluster::pause(std::size_t index, Microseconds length) {
  Process& process = *processes_[index];
  const auto up =
      std::ranges::count_if(processes_, [](const auto& one) { return one->up && !one->paused; });
  if (!process.up || process.paused || up < 2) {
    return;
  }
  process.paused = true;
  for (const LifePtr& life : process.lives()) {
    life->paused = true;
  }
  world_.after(world_.between(20'000, 200'000), [this, index] {  // The session times out.
    for (std::uint32_t p = 0; p < kPartitions; ++p) {
      if (events_at_[p] == index && processes_[index]->paused) {
        move(true, PartitionId(p));
      }
    }
    for (std::uint32_t p = 0; p < kClaims; ++p) {
      if (claims_at_[p] == index && processes_[index]->paused) {
        move(false, PartitionId(p));
      }
    }
  });
  world_.after(length, [this, index] {
    Process& back = *processes_[index];
    if (!back.paused) {
      return;
    }
    world_.reached("a process comes back from a pause");
    back.paused = false;
    for (const LifePtr& life : back.lives()) {
      world_.resume(*life);
    }
  });
}

// Collectors.

void Cluster::start_collector(Collector& collector) {
  collector.up = true;
  collector.paused = false;
  collector.life = std::make_shared<Life>();
  collector.events = std::make_unique<SimTopic>(world_, events_, collector.life);
  collector.control = std::make_unique<SimTopic>(world_, control_, collector.life);
  collector.collection.reset();
  collector.follower = std::make_unique<ControlFollower>(*collector.control, follower_settings());
  collector.collection = std::make_unique<Collection>(
      CollectorId(world_.random.next()),
      CollectionSettings{.unsettled_max = 8,
                         .tell_time_after = std::chrono::milliseconds(300),
                         .mark_records = kMarks},
      Collection::Parts{.events = *collector.events,
                        .control = *collector.control,
                        .follower = *collector.follower});
}

void Cluster::loop(Collector& collector) {
  world_.after(world_.between(2000, 8000), [this, &collector] {
    if (collector.up && !collector.paused) {
      if (const Result<void> done = collector.follower->step();
          !done && !may_be_retried(done.error())) {
        world_.fail(done.error().text());
      }
      collector.collection->step();
      if (world_.random.one_in(4)) {
        collector.collection->report(wall() + collector.skew);
      }
      if (collector.collection->is_spent()) {
        world_.reached("a collector does not know of too many");
        collector.collection->leave();
      }
      if (collector.collection->is_over()) {
        collector.life->alive = false;
        start_collector(collector);
      }
    }
    loop(collector);
  });
}

void Cluster::crash(Collector& collector) {
  if (!collector.up) {
    return;
  }
  world_.reached("a collector is killed");
  collector.up = false;
  collector.life->alive = false;
  world_.after(world_.between(10'000, 100'000), [this, &collector] { start_collector(collector); });
}

/// As whoever processes does.
void Cluster::declare_gone(Process& process) {
  const Completeness& completeness = process.shared->follower.state().completeness();
  for (const CollectorId silent : process.silence.look(completeness, world_.now)) {
    if (!gone_.contains(silent)) {
      world_.reached("a silent collector is declared gone");
      append_note(CollectorGone{.collector = silent});
    }
  }
}

void Cluster::append_note(const ControlNote& note) {
  const TopicLog::Call call{.producer = world_.random.next(), .epoch = 1, .number = 0};
  control_.append(PartitionId(0), call, {{.header = {}, .value = encode_note(note)}}, 1);
}

void Cluster::serve(Collector& collector, const std::vector<SimEvent>& batch,
                    const std::function<void(bool)>& answer) {
  if (!collector.up || collector.paused || !collector.collection->is_ready()) {
    return answer(false);
  }
  const Collection::Begun begun = collector.collection->begin(wall() + collector.skew);
  world_.deliver(collector.life, world_.between(0, 5000), [this, &collector, batch, answer, begun] {
    std::vector<CollectedEvent> events;
    for (SimEvent event : batch) {
      event.received_at = begun.received_at;
      events.push_back({.partition = partition_of(event.key),
                        .id = hash_of(event.id),
                        .record = encode_event(event)});
    }
    if (world_.happens(40)) {
      return collector.collection->drop(begun.request);  // The client hung up.
    }
    const Result<void> queued = collector.collection->append(
        begun.request, std::move(events),
        [answer](const Result<Receipt>& receipt) { answer(receipt.has_value()); });
    if (!queued) {
      answer(false);
    }
  });
}

// People.

PartitionId Cluster::partition_of(std::uint32_t key) const {
  return PartitionId(key % (one_is_empty_ ? kPartitions - 1 : kPartitions));
}

void Cluster::next_batch(Client& client) {
  if (client.batches_left == 0) {
    client.waiting = false;
    return;
  }
  --client.batches_left;
  std::vector<SimEvent> batch;
  for (std::uint64_t i = 1 + world_.random.below(3); i > 0; --i) {
    SimEvent event{.id = next_id_++, .key = client.key, .number = ++client.number, .content = 1};
    if (world_.random.one_in(8) && event.id > 8) {
      // An id that others have used, perhaps for something else; perhaps at the same time.
      event.id -= world_.random.below(8);
      event.number = 0;
      --client.number;
      event.content = 1 + static_cast<std::uint32_t>(world_.random.below(2));
    }
    batch.push_back(event);
  }
  if (world_.random.one_in(6)) {
    for (SimEvent& event : batch) {  // Of several people, who have partitions of their own.
      event.key = static_cast<std::uint32_t>(world_.random.below(clients_.size()));
      event.number = 0;
    }
  }
  client.waiting = true;
  send(client, batch, true);
}

/// Until it is acknowledged, if `again`.
void Cluster::send(Client& client, const std::vector<SimEvent>& batch, bool again) {
  const std::uint64_t attempt = again ? ++client.attempt : 0;
  Collector& collector = *collectors_[world_.random.below(collectors_.size())];
  const auto retry = [this, &client, batch, attempt] {
    if (client.attempt == attempt) {
      send(client, batch, true);
    }
  };
  if (again) {
    world_.after(world_.between(60'000, 120'000), retry);
  }
  const auto answer = [this, &client, batch, attempt, again](bool acknowledged) {
    if (acknowledged) {
      for (const SimEvent& event : batch) {
        acknowledged_.insert(event.id);
      }
    }
    const bool lost = troubled_ && world_.random.one_in(12);
    if (!again || lost) {
      return;
    }
    world_.after(world_.between(100, 5000), [this, &client, batch, attempt, acknowledged] {
      if (client.attempt != attempt || !acknowledged) {
        return;  // An error is waited out.
      }
      ++client.attempt;
      if (world_.random.one_in(5)) {
        send(client, batch, false);
      }
      world_.after(world_.between(0, 60'000), [this, &client] { next_batch(client); });
    });
  };
  world_.after(world_.between(100, 5000),
               [this, &collector, batch, answer] { serve(collector, batch, answer); });
}

// What must hold at every moment.

bool Cluster::lose(PartitionId partition, const TopicEntry& entry) {
  const RecordHeader header = decode_header(entry.header).value();
  if (header.kind != RecordHeader::Kind::kEvent || !world_.happens(world_.faults.record_lost)) {
    return false;
  }
  lost_[{partition, header.collector}].insert(header.sequence);
  return true;
}

void Cluster::see_event(PartitionId partition, const TopicRecord& record) {
  const RecordHeader header = decode_header(record.entry.header).value();
  if (header.kind == RecordHeader::Kind::kFence) {
    world_.reached("a fence is appended");
    return;  // It counts for nothing.
  }
  if (header.epoch < newest_settings().epoch) {
    world_.reached("an event of former settings comes late");
  }
  const SimEvent event = decode_event(record.entry.value);
  if (gone_.contains(header.collector)) {
    world_.reached("a collector that is gone still delivers");
  } else if (published_.contains(partition) &&
             event.received_at < published_[partition].place.complete) {
    world_.fail(fmt::format("event {} of partition {} was received before what is complete",
                            event.id, partition.value()));
  }
}

/// Whoever claims an event claims the same.
void Cluster::see_claims(PartitionId partition, const TopicRecord& record) {
  const ClaimRecord claims = decode_claims(record.entry.value).value();
  if (const auto* mark = std::get_if<SettledMark>(&claims)) {
    Offset& settled = settled_[{partition, mark->partition}];
    settled = std::max(settled, mark->counted);
    return;
  }
  const auto* block = &std::get<ClaimBlock>(claims);
  for (const Claim& claim : block->claims) {
    const auto [known, is_new] = claimed_.try_emplace({block->partition, claim.offset}, claim);
    const bool is_settled = claim.offset < settled_[{partition, block->partition}];
    if (is_new && !is_settled) {
      firsts_.try_emplace(claim.seen.id, std::pair(block->partition, claim));
    } else if (is_new && settings_.dedup_scope == DedupScope::kPartition) {
      world_.reached("what was left unasked is asked by a former owner");
    } else if (is_new) {
      world_.fail("an event is settled that nobody has claimed");
    }
    if (!is_new && known->second != claim) {
      world_.fail(fmt::format("two claims of offset {} of partition {} differ",
                              claim.offset.value(), block->partition.value()));
    }
  }
}

void Cluster::see_verdicts(PartitionId partition, const TopicRecord& record) {
  const VerdictBlock block = decode_verdicts(record.entry.value).value();
  for (const DecidedOffset& decided : block.decided) {
    const auto [said, is_new] = said_.try_emplace({partition, decided.offset}, decided.verdict);
    const Claim& claim = claimed_.at({partition, decided.offset});
    const auto& [whose, first] = firsts_.at(claim.seen.id);
    const bool is_first = whose == partition && first.offset == decided.offset;
    const Verdict right = is_first                                   ? Verdict::kUnique
                          : first.seen.content == claim.seen.content ? Verdict::kDuplicate
                                                                     : Verdict::kConflict;
    if (decided.verdict != right) {
      world_.fail(fmt::format("offset {} of partition {} has verdict {}, not {}",
                              decided.offset.value(), partition.value(),
                              static_cast<int>(decided.verdict), static_cast<int>(right)));
    }
    if (!is_new) {
      world_.reached("a verdict is said again");
    }
    if (said->second != decided.verdict) {
      world_.fail(fmt::format("two verdicts of offset {} of partition {}", decided.offset.value(),
                              partition.value()));
    }
    world_.reached(decided.verdict == Verdict::kUnique      ? "an event is the first of its id"
                   : decided.verdict == Verdict::kDuplicate ? "an event is a duplicate"
                                                            : "an event is a conflict");
  }
}

void Cluster::see_control(const TopicRecord& record) {
  const Result<ControlNote> decoded = decode_note(record.entry.value);
  const ControlNote& note = *decoded;
  look_at_snapshot(record.offset, note);
  true_control_->apply(note, record.offset, record.appended_at);
  said_by_[record.offset] = true_control_->encode();
  if (const auto* gone = note_of<CollectorGone>(note)) {
    gone_.insert(gone->collector);
    if (gone->by_itself) {
      left_.insert(gone->collector);
      world_.reached("a collector leaves");
    }
  } else if (const auto* report = note_of<CollectorReport>(note)) {
    CollectorReport& last = reports_[report->collector];
    if (settled_of(*report) >= settled_of(last)) {  // Else an older one was appended again.
      last = *report;
    }
  } else if (const auto* joined = note_of<CollectorJoined>(note)) {
    joined_.insert(joined->collector);
  }
}

/// It is what the notes below its offset come to.
void Cluster::look_at_snapshot(Offset at, const ControlNote& note) {
  const auto* part = note_of<SnapshotPart>(note);
  if (part == nullptr) {
    return;
  }
  if (at.value() - part->as_of.value() > 100) {
    world_.reached("a snapshot comes late");
  }
  if (!snapshots_.add(*part)) {
    return;
  }
  world_.reached("a snapshot is whole");
  const auto behind = said_by_.lower_bound(part->as_of);
  const std::string right = behind == said_by_.begin() ? ControlState(first_settings_).encode()
                                                       : std::prev(behind)->second;
  if (snapshots_.newest()->bytes != right) {
    world_.fail(fmt::format("a snapshot is not what the notes below offset {} come to",
                            part->as_of.value()));
  }
}

void Cluster::see_published(PartitionId partition, const Published& published) {
  const PublishedManifest manifest = decode_published(published.manifest).value();
  look_at_books(partition, manifest.collectors);
  for (const CollectorAudit& audit : manifest.collectors) {
    const std::uint64_t settled = audit.figures.settled;
    if (audit.collector != 0 &&
        std::exchange(compared_[{partition, audit.collector}], settled) > settled) {
      world_.fail(fmt::format("books of partition {} go back", partition.value()));
    }
  }
  const SimTold told = told_of(manifest);
  const CountedPlace& place = told.place;
  SimTold& before = published_[partition];
  if (place.counted < before.place.counted || place.complete < before.place.complete) {
    world_.fail(fmt::format("progress of partition {} goes back", partition.value()));
  }
  see_missed(partition, before, told);
  before = told;
  for (const TopicRecord& record : events_.records(partition)) {
    const RecordHeader header = decode_header(record.entry.header).value();
    if (record.offset >= place.counted && header.kind == RecordHeader::Kind::kEvent &&
        !gone_.contains(header.collector) &&
        decode_event(record.entry.value).received_at < place.complete) {
      world_.fail(fmt::format("partition {} is called complete without offset {}",
                              partition.value(), record.offset.value()));
    }
  }
}

/// Of each event of the sample that was counted as first it is known, or will be, or is said not to
/// be known, whether it was missed; never of one twice.
void Cluster::see_missed(PartitionId partition, const SimTold& before, const SimTold& told) {
  if (told.missed.missed < before.missed.missed || told.missed.asked < before.missed.asked) {
    world_.fail(fmt::format("missed duplicates of partition {} go back", partition.value()));
  }
  const std::vector<TopicRecord> counted = counted_events(partition, told.place.counted);
  const auto of_sample = static_cast<std::uint64_t>(std::ranges::count_if(
      counted, [this](const TopicRecord& record) { return is_in_sample(record); }));
  if (told.missed.asked + told.missed.unasked + told.awaited != of_sample) {
    world_.fail(fmt::format("partition {} has counted {} ids of the sample, and says {} + {} + {}",
                            partition.value(), of_sample, told.missed.asked, told.missed.unasked,
                            told.awaited));
  }
}

/// Never where ids count once in the cluster.
bool Cluster::is_in_sample(const TopicRecord& record) const {
  return hapax::is_in_sample(hash_of(decode_event(record.entry.value).id), settings_.missed_sample);
}

/// The newest state that is kept of the partition can be gone on with.
void Cluster::see_deletion(const std::string& topic, PartitionId partition, Offset start) {
  const bool is_claims = topic == "claims";
  const std::string manifests =
      fmt::format("{}-{}/manifest/", is_claims ? "claims" : "events", partition.value());
  Offset needed = {};
  auto newest = objects_.lower_bound(manifests + "9");  // Numbers have leading zeros.
  if (newest != objects_.begin() && (--newest)->first.starts_with(manifests)) {
    const Manifest manifest = decode_manifest(newest->second).value();
    ByteReader in(manifest.payload);
    const Offset first(in.u64());
    needed = topic == "verdicts" ? Offset(in.u64()) : first;
  }
  if (start > needed) {
    world_.fail(fmt::format("partition {} of {} begins at {}, and is needed from {}",
                            partition.value(), topic, start.value(), needed.value()));
  }
}

void Cluster::look_at_views() {
  for (const auto& [partition, told] : published_) {
    check_rows(partition, told.place.counted);
  }
  for (const std::unique_ptr<Process>& process : processes_) {
    for (const auto& [partition, home] : process->events) {
      look_at_books(partition, home->owner.books().audits());
    }
  }
}

/// Whoever owns a partition, or thinks so, has read all that a collector speaks of, or knows that
/// it has not.
void Cluster::look_at_books(PartitionId partition, const std::vector<CollectorAudit>& audits) {
  for (const CollectorAudit& audit : audits) {
    if (!audit.figures.is_equal() && !is_lost(partition, CollectorId(audit.collector))) {
      world_.fail(
          fmt::format("an account in partition {} does not balance half way", partition.value()));
    }
    world_.reached(audit.figures.behind > 0    ? "an account is behind"
                   : audit.figures.arrived > 0 ? "an account is equal"
                                               : "an account is empty");
    if (audit.figures.open > 0) {
      world_.reached("it is still open what became of an unknown record");
    }
  }
}

/// Those below an offset that count: by what the judges say, or the first of its id in the
/// partition.
std::vector<TopicRecord> Cluster::counted_events(PartitionId partition, Offset below) const {
  std::vector<TopicRecord> counted;
  std::set<std::uint64_t> ids;
  for (const TopicRecord& record : events_.records(partition)) {
    const bool is_event =
        decode_header(record.entry.header).value().kind == RecordHeader::Kind::kEvent;
    if (!is_event || record.offset >= below) {
      continue;
    }
    const bool is_new = ids.insert(decode_event(record.entry.value).id).second;
    const auto said = said_.find({partition, record.offset});
    const bool counts = settings_.dedup_scope == DedupScope::kPartition
                            ? is_new
                            : said != said_.end() && said->second == Verdict::kUnique;
    if (counts) {
      counted.push_back(record);
    }
  }
  return counted;
}

/// The rows are what the log says of the events below `counted`.
void Cluster::check_rows(PartitionId partition, Offset counted) {
  std::map<std::string, KeyCount> right;
  for (const TopicRecord& record : counted_events(partition, counted)) {
    const SimEvent event = decode_event(record.entry.value);
    KeyCount& count = right[std::to_string(event.key)];
    ++count.count;
    count.digest.add(hash_of(event.id));
  }
  std::map<std::string, KeyCount> found;
  for (const auto& [key, value] : views_.partitions[partition].rows) {
    found[key] = decode_count(value);
  }
  if (found != right) {
    world_.fail(fmt::format("partition {} at offset {}: the rows are not those of its events",
                            partition.value(), counted.value()));
  }
}

// What must hold at the end.

void Cluster::check_end() {
  std::map<std::uint64_t, int> unique;  // By id.
  std::set<std::uint64_t> there;
  for (std::uint32_t p = 0; p < kPartitions; ++p) {
    const PartitionId partition(p);
    for (const TopicRecord& record : events_.records(partition)) {
      if (decode_header(record.entry.header).value().kind == RecordHeader::Kind::kEvent) {
        there.insert(decode_event(record.entry.value).id);
      }
    }
    std::map<std::uint32_t, std::uint32_t> last;  // By key.
    for (const TopicRecord& record : counted_events(partition, events_.end(partition))) {
      const SimEvent event = decode_event(record.entry.value);
      ++unique[event.id];
      if (event.number > 0 && !loses_ &&
          event.number < std::exchange(last[event.key], event.number)) {
        world_.fail(fmt::format("key {}: number {} comes too late", event.key, event.number));
      }
    }
    check_rows(partition, events_.end(partition));
  }
  for (const std::uint64_t id : there) {
    if (settings_.dedup_scope == DedupScope::kExact && unique[id] != 1) {
      world_.fail(fmt::format("id {} is counted {} times", id, unique[id]));
    }
  }
  for (const std::uint64_t id : acknowledged_) {
    if (!there.contains(id) && !loses_) {
      world_.fail(fmt::format("id {} was acknowledged and is not there", id));
    }
  }
}

/// What was missed is what partitions count together beyond one for each id.
void Cluster::check_missed() {
  MissedTally told;
  std::uint64_t counted = 0;
  std::set<std::uint64_t> ids;
  for (std::uint32_t p = 0; p < kPartitions; ++p) {
    told.add(published_[PartitionId(p)].missed);
    for (const TopicRecord& record : counted_events(PartitionId(p), events_.end(PartitionId(p)))) {
      if (is_in_sample(record)) {
        ++counted;
        ids.insert(decode_event(record.entry.value).id);
      }
    }
  }
  const std::uint64_t missed = counted - ids.size();
  if (told.unasked == 0 ? told.missed != missed : told.missed > missed) {
    world_.fail(fmt::format("{} duplicates were missed, not {}", missed, told.missed));
  }
  if (told.missed > 0) {
    world_.reached("a duplicate is missed");
  }
  if (told.unasked > 0) {
    world_.reached("too many are asked at once");
  }
}

/// Of before the window passed nothing is left, though a partition may have had no event since.
void Cluster::check_forgotten() {
  for (std::uint32_t p = 0; p < kClaims; ++p) {
    const auto& claims = processes_[claims_at_[p]]->claims;
    const auto home = claims.find(PartitionId(p));
    if (home != claims.end()) {
      check_forgotten(
          home->second->judge->state->judge().stats().dedup.ids,
          static_cast<std::uint64_t>(std::ranges::count_if(firsts_, [&](const auto& one) {
            return claims_partition(one.first, kClaims) == p;
          })));
    }
  }
  for (std::uint32_t p = 0; p < kPartitions; ++p) {
    const PartitionId partition(p);
    if (settings_.dedup_scope == DedupScope::kPartition) {
      check_forgotten(
          processes_[events_at_[p]]->events.at(partition)->state->judge().stats().dedup.ids,
          counted_events(partition, events_.end(partition)).size());
    }
  }
}

void Cluster::check_forgotten(std::uint64_t kept, std::uint64_t all) {
  if (kept < all) {
    world_.reached("ids are forgotten");
  } else if (window_passes_ && all > 20) {
    world_.fail("nothing is forgotten");
  }
}

void Cluster::check_books() {
  for (std::uint32_t p = 0; p < kPartitions; ++p) {
    const PartitionId partition(p);
    if (processes_[events_at_[p]]->events.at(partition)->owner.contradictions() > 0) {
      world_.fail("an alarm without a reason");
    }
    check_books(partition, decode_published(views_.partitions[partition].manifest)->collectors);
  }
}

/// What is published is what the collectors have said at last, and what is there of it.
void Cluster::check_books(PartitionId partition, const std::vector<CollectorAudit>& audits) {
  std::map<CollectorId, std::set<std::uint64_t>> there;
  for (const TopicRecord& record : events_.records(partition)) {
    const RecordHeader header = decode_header(record.entry.header).value();
    if (header.kind == RecordHeader::Kind::kEvent) {
      there[header.collector].insert(header.sequence);
    }
  }
  using State = CollectorAudit::State;
  struct Sum {
    std::uint64_t lives = 0;
    CollectorFigures figures;
  };
  std::map<State, Sum> right;  // Of those that are not listed.
  for (const CollectorId collector : joined_) {
    const State state = left_.contains(collector)   ? State::kLeft
                        : gone_.contains(collector) ? State::kGone
                                                    : State::kLive;
    CollectorFigures figures = right_figures(partition, collector, there[collector]);
    const auto listed = std::ranges::find(audits, collector.value(), &CollectorAudit::collector);
    if (listed == audits.end()) {
      ++right[state].lives;
      right[state].figures.add(figures);
      continue;
    }
    const bool is_equal = listed->figures.is_equal();
    figures.marked_acknowledged = listed->figures.marked_acknowledged;
    figures.marked_unknown = listed->figures.marked_unknown;
    figures.marked_arrived = listed->figures.marked_arrived;
    if (listed->figures != figures || listed->state != state) {
      world_.fail(fmt::format("the account of a collector in partition {} is not what is there",
                              partition.value()));
    }
    if (is_equal == is_lost(partition, collector)) {
      world_.fail(fmt::format("the account of a collector in partition {} is {}equal",
                              partition.value(), is_equal ? "" : "not "));
    }
    world_.reached(is_equal ? "an account is equal at the end" : "a lost record is seen");
    if (figures.present > 0) {
      world_.reached("an unknown record is there");
    }
    if (figures.absent > 0) {
      world_.reached("an unknown record is not there");
    }
    if (state == State::kGone && figures.unreported > 0) {
      world_.reached("what a killed collector did is not reported");
    }
  }
  for (const CollectorAudit& audit : audits) {
    if (audit.collector != 0) {
      continue;
    }
    world_.reached("a life is summed up");
    Sum& sum = right[audit.state];
    sum.figures.marked_acknowledged = audit.figures.marked_acknowledged;
    sum.figures.marked_unknown = audit.figures.marked_unknown;
    sum.figures.marked_arrived = audit.figures.marked_arrived;
    if (audit.lives != sum.lives || audit.figures != sum.figures) {
      world_.fail(fmt::format(
          "the sum of {} lives that ended in partition {} is not what {} lives have there: arrived "
          "{}, not {}; unreported {}, not {}",
          audit.lives, partition.value(), sum.lives, audit.figures.arrived, sum.figures.arrived,
          audit.figures.unreported, sum.figures.unreported));
    }
    right.erase(audit.state);
  }
  if (!right.empty()) {
    world_.fail(fmt::format("a life in partition {} is in no account", partition.value()));
  }
}

/// But for the digests.
CollectorFigures Cluster::right_figures(PartitionId partition, CollectorId collector,
                                        const std::set<std::uint64_t>& there) const {
  const auto report = reports_.find(collector);
  const CollectorAccount account =
      report == reports_.end() ? CollectorAccount() : report->second.accounts[partition.value()];
  const auto behind = there.upper_bound(account.settled);
  CollectorFigures right{
      .settled = account.settled,
      .acknowledged = account.acknowledged.count,
      .arrived = static_cast<std::uint64_t>(std::distance(there.begin(), behind)),
      .unreported = static_cast<std::uint64_t>(std::distance(behind, there.end()))};
  for (const UnknownRecord& unknown : account.unknown) {
    ++(there.contains(unknown.sequence) ? right.present : right.absent);
  }
  right.arrived_unknown = right.present;
  return right;
}

/// Of those that it says that it has acknowledged.
bool Cluster::is_lost(PartitionId partition, CollectorId collector) const {
  const auto lost = lost_.find({partition, collector});
  const auto report = reports_.find(collector);
  if (lost == lost_.end() || report == reports_.end()) {
    return false;
  }
  const CollectorAccount& account = report->second.accounts[partition.value()];
  return std::ranges::any_of(lost->second, [&](std::uint64_t sequence) {
    return sequence <= account.settled &&
           std::ranges::find(account.unknown, sequence, &UnknownRecord::sequence) ==
               account.unknown.end();
  });
}

}  // namespace hapax::sim
