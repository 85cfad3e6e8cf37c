// SPDX-License-Identifier: Apache-2.0
// Random views over random events, through checkpoints, evictions, expiry and restarts, against the
// definition (view_oracle.hpp, keyed_oracle.hpp).
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <sstream>

#include "core/time_math.hpp"
#include "stream/event_hash.hpp"
#include "testing/memory_state_store.hpp"
#include "views/runtime/group_key.hpp"
#include "views/runtime/key_states.hpp"
#include "views/runtime/random_keyed_views.hpp"
#include "views/runtime/random_views.hpp"
#include "views/runtime/running_view.hpp"

namespace hapax {
namespace {

// The engine.

/// What it comes to: whole bytes, and what they say; of all other groups the heavy ones.
struct Cells {
  std::map<std::string, std::string> bytes;  // By key.
  std::map<Json, std::vector<MeasureResult>> results;
  std::map<Json, std::vector<HeavyFound>> heavy;
  std::string account;
};

Json json_of(const OwnedValue& value) {
  return std::visit(
      [](const auto& one) {
        if constexpr (std::is_same_v<std::decay_t<decltype(one)>, std::monostate>) {
          return Json();
        } else {
          return Json(one);
        }
      },
      value);
}

/// A view over one store, restarted as often as wanted.
class Engine {
 public:
  explicit Engine(const Case& of) : case_(of) {
    for (const oracle::Event& event : of.events) {
      texts_.push_back({event.fields["properties"].dump(), event.fields["context"].dump()});
    }
    start();
  }

  /// All events once, in an order and with checkpoints that `seed` says.
  Cells run(std::uint64_t seed) {
    SeededRandom random(seed);
    std::vector<std::size_t> order(case_.events.size());
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), std::mt19937_64(seed));
    int restarts = 2;
    std::size_t at = 0;
    while (at < order.size()) {
      switch (random.below(14)) {
        case 0:
          freeze(at);
          break;
        case 1:
          commit();
          break;
        case 2:
          runtime_->evict(event_time_from_micros(case_.now));
          break;
        case 3:
          for (int calls = 0; calls < KeyStates::kIdleCalls; ++calls) {
            runtime_->evict_idle();
          }
          break;
        case 4:
          drop_before_the_rest(order, at);
          break;
        case 6:
        case 7:
          follow();
          break;
        case 5:
          if (restarts-- > 0) {
            start();
            at = stored_at_;
          }
          break;
        default:
          add(order[at++]);
      }
    }
    runtime_->drop_expired(processing_time_from_micros(case_.now));
    const Cells before = cells();
    commit();
    freeze(at);
    commit();
    runtime_->cells().track_changes(false);
    runtime_->evict(EventTime::max());
    Cells stored = cells();
    EXPECT_EQ(before.bytes, stored.bytes);
    EXPECT_EQ(runtime_->hot_cells(), 0U);
    EXPECT_EQ(runtime_->memory_bytes(), 0U);
    runtime_->drop_expired(processing_time_from_micros(case_.now));
    freeze(at);
    commit();
    EXPECT_FALSE(runtime_->dirty());
    expect_stored_only(stored);
    return stored;
  }

  const RunningView& runtime() const { return *runtime_; }
  ViewBooks books() {
    ViewBooks books = runtime_->hours().books(store_.snapshot().value());
    const auto& whole = runtime_->account().sources();
    books.whole.insert(whole.begin(), whole.end());
    return books;
  }
  std::size_t stored_states() const { return store_.table("view.v.keys").size(); }
  std::size_t stored_lives() const { return store_.table("view.v.lives").size(); }

 private:
  void start() {
    frozen_.reset();
    is_following_ = false;
    inputs_ = std::make_unique<ViewInputs>();
    event_ = std::make_unique<EventInputs>(*inputs_, hasher_);
    const Result<ViewSpec> spec = parse_view_json(case_.spec.dump());
    ASSERT_TRUE(spec) << case_.spec << spec.error().text();
    runtime_ = make_running_view(*spec, *inputs_, 7, store_, "v",
                                 {.hasher = hasher_, .last_known = 1 + case_.events.size() % 3},
                                 {.bytes_max = case_.keys_bytes_max,
                                  .hasher = hasher_,
                                  .last_known = 1 + case_.events.size() % 3})
                   .value();
    const std::string manifest = store_.manifest().value().value_or("");
    if (!manifest.empty()) {
      ByteReader in(manifest);
      EXPECT_TRUE(runtime_->restore(in) && runtime_->hours().decode(in) && in.at_end());
    }
  }

  void add(std::size_t index) {
    const oracle::Event& event = case_.events[index];
    const auto text = [&](const char* field) -> const std::string& {
      return event.fields[field].get_ref<const std::string&>();
    };
    const KeyedEvent keyed{.event = {.source = text("source"),
                                     .type = parse_event_type(text("type")),
                                     .name = text("event"),
                                     .user_id = text("user"),
                                     .received_at = processing_time_from_micros(event.received),
                                     .event_time = event_time_from_micros(event.time),
                                     .properties = texts_[index].first,
                                     .context = texts_[index].second},
                           .seen = {.id = {.low = event.id.first, .high = event.id.second}},
                           .identity = hasher_.identity(text("user"))};
    event_->read(keyed);
    EXPECT_TRUE(runtime_->add(*event_, EventTime::min()));
  }

  void drop_before_the_rest(const std::vector<std::size_t>& order, std::size_t at) {
    std::int64_t until = case_.now;
    for (; at < order.size(); ++at) {
      until = std::min(until, case_.events[order[at]].received);
    }
    runtime_->drop_expired(processing_time_from_micros(until));
    EXPECT_TRUE(runtime_->hours().drop_before(
        saturating_add(processing_time_from_micros(until), -std::chrono::hours(2))));
  }

  void freeze(std::size_t at) {
    if (!frozen_) {
      frozen_ = runtime_->freeze();
      frozen_at_ = at;
      frozen_manifest_.clear();
      ByteWriter out(frozen_manifest_);
      runtime_->encode(out);
      runtime_->hours().encode(out);
    }
  }

  void commit() {
    if (frozen_) {
      StateWrite write{.manifest = frozen_manifest_};
      EXPECT_TRUE(frozen_->add_to(write, store_));
      frozen_->hours.add_to(write);
      EXPECT_TRUE(store_.write(write));
      runtime_->commit();
      frozen_.reset();
      stored_at_ = frozen_at_;
    }
  }

  std::string account() const {
    std::string bytes;
    ByteWriter out(bytes);
    runtime_->account().encode(out);
    return bytes;
  }

  /// A reader, who knows what was stored when it began, and what it was told since.
  void follow() {
    const auto take = [this](const Window& window, std::string_view group, const ViewCell& cell) {
      const std::string key = window_key(window).append(group);
      told_[key] = whole_bytes(cell);
      if (encode_value(cell).empty()) {
        told_.erase(key);
      }
    };
    ViewCells& cells = runtime_->cells();
    if (!is_following_) {
      told_.clear();
      for (const auto& [key, value] : store_.table("view.v")) {
        if (key < summary_keys_end()) {
          const auto stored =
              load_view_cell(store_, "view.v", key.substr(1), runtime_->plan().measures());
          told_[key.substr(1)] = whole_bytes(stored.value()->cell);
        }
      }
      cells.visit_unsaved(take);
      cells.track_changes(true);
      is_following_ = true;
    } else {
      cells.visit_changes(take);
    }
    cells.changes_are_told();
    told_.erase(told_.begin(), told_.lower_bound(cells.living_from()));
    EXPECT_EQ(told_, this->cells().bytes);
  }

  static std::string whole_bytes(const ViewCell& cell) {
    std::string bytes;
    ByteWriter out(bytes);
    cell.measures.encode(out);
    if (cell.heavy) {
      cell.heavy->all().encode(out);
    }
    return bytes;
  }

  /// Nothing is left of what was dropped.
  void expect_stored_only(const Cells& cells) const {
    constexpr std::size_t kRunNumberBytes = 4;
    for (const auto& [key, value] : store_.table("view.v")) {
      const bool is_run = key.front() == run_key({}, 0).front();
      EXPECT_TRUE(
          cells.bytes.contains(key.substr(1, key.size() - 1 - (is_run ? kRunNumberBytes : 0))));
    }
  }

  Cells cells() const {
    Cells all{.bytes = {}, .results = {}, .heavy = {}, .account = account()};
    const auto keys = runtime_->cells().keys_from({}, SIZE_MAX).value();
    for (const std::string& key : keys) {
      const ViewCell cell = runtime_->cells().find(key).value().value();
      all.bytes[key] = whole_bytes(cell);
      const ViewCellKey parts = split_view_cell_key(key).value();
      Json group = Json::array();
      const auto values = decode_group(parts.group).value();
      for (const OwnedValue& value : values) {
        group.push_back(json_of(value));
      }
      const Json place = {to_micros(parts.window.start), to_micros(parts.window.end), group};
      all.results[place] =
          cell.measures.finalize(runtime_->plan().shape()->length_of(parts.window));
      if (const auto heavy = cell.heavy_groups(); !heavy.empty()) {
        all.heavy[place] = heavy;
      }
    }
    return all;
  }

  const Case& case_;
  const IdHasher hasher_;
  std::vector<std::pair<std::string, std::string>> texts_;
  MemoryStateStore store_;
  std::unique_ptr<ViewInputs> inputs_;
  std::unique_ptr<EventInputs> event_;
  std::unique_ptr<RunningView> runtime_;
  std::optional<FrozenRunningView> frozen_;
  std::size_t frozen_at_ = 0;
  std::string frozen_manifest_;
  std::size_t stored_at_ = 0;
  std::map<std::string, std::string> told_;  // As bytes of Cells.
  bool is_following_ = false;
};

// The comparison.

Json answer_of(const MeasureResult& result) {
  if (const auto* count = std::get_if<std::uint64_t>(&result.answer)) {
    return *count;
  }
  if (const auto* top = std::get_if<std::vector<TopValue>>(&result.answer)) {
    Json list = Json::array();
    for (const TopValue& one : *top) {
      list.push_back({json_of(one.value), one.count});
    }
    return list;
  }
  Json answer;
  std::visit(
      [&]<typename T>(const T& one) {
        if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, double> ||
                      std::is_same_v<T, std::string>) {
          answer = one;
        }
      },
      result.answer);
  return answer;
}

bool agrees(const MeasureResult& result, const Json& wanted) {
  const Json answer = answer_of(result);
  const bool counts = result.skipped == wanted.value("skipped", std::uint64_t{0}) &&
                      result.other == wanted.value("other", std::uint64_t{0});
  if (result.relative_error > 0 && answer.is_number() && wanted["answer"].is_number()) {
    const double exact = wanted["answer"];
    return counts && std::abs(answer.get<double>() - exact) <= 0.01 * std::abs(exact);
  }
  return counts && result.exact && !result.overflow && answer == wanted["answer"];
}

std::pair<std::uint64_t, std::string> place_of(const Json& group) {
  std::string bytes;
  for (const Json& value : group) {
    const auto* text = value.get_ptr<const std::string*>();
    append_group_value(text != nullptr      ? Value(std::string_view(*text))
                       : value.is_number()  ? Value(value.get<double>())
                       : value.is_boolean() ? Value(value.get<bool>())
                                            : Value(),
                       bytes);
  }
  return {IdHasher().group(bytes), bytes};
}

/// With so few events each group is heavy.
bool are_heavy(const std::vector<HeavyFound>& found, bool by_source,
               const std::map<std::string, std::uint64_t>& groups) {
  std::map<std::pair<std::string, bool>, std::vector<std::uint64_t>> wanted;
  for (const auto& [bytes, count] : groups) {
    const std::string name = bytes.substr(by_source ? first_value(bytes).size() : 0);
    wanted[{name.substr(0, HeavySketch::kNameBytes), name.size() > HeavySketch::kNameBytes}]
        .push_back(count);
  }
  std::map<std::pair<std::string, bool>, std::vector<std::uint64_t>> has;
  for (const HeavyFound& one : found) {
    EXPECT_EQ(one.error, 1U);
    has[{one.bytes, one.is_cut}].push_back(one.count);
  }
  std::ranges::for_each(wanted, [](auto& each) { std::ranges::sort(each.second); });
  std::ranges::for_each(has, [](auto& each) { std::ranges::sort(each.second); });
  return has == wanted;
}

std::optional<std::string> difference_of_heavy(const Cells& cells, const oracle::Outcome& wanted,
                                               bool by_source) {
  for (const auto& [key, groups] : wanted.others) {
    const auto found = cells.heavy.find(key);
    if (wanted.cells.contains(key) &&
        (found == cells.heavy.end() || !are_heavy(found->second, by_source, groups))) {
      return "other heavy groups: " + key.dump();
    }
  }
  const bool is_alone = std::ranges::all_of(
      cells.heavy, [&](const auto& each) { return wanted.others.contains(each.first); });
  return is_alone ? std::nullopt : std::optional<std::string>("a group with heavy groups");
}

bool is_account(const SourceAccount& has, const oracle::Account& account) {
  const auto is = [](const EventTally& tally, std::uint64_t count, std::uint64_t low) {
    return tally.count == count && tally.digest.sum().low == low;
  };
  return is(has.matching, account.matching, account.matching_low) &&
         is(has.counted, account.counted, account.counted_low) &&
         is(has.expired, account.expired, account.expired_low) &&
         is(has.without_key, account.without_key, account.without_key_low);
}

oracle::Outcome wanted_of(const Case& made) {
  return made.spec.contains("per") ? oracle::keyed_outcome(made.spec, made.events, made.now,
                                                           {made.keys_bytes_max, place_of})
                                   : oracle::outcome(made.spec, made.events, made.now, place_of);
}

ProcessingTime hour_of(const oracle::Event& event) {
  return hour_start(processing_time_from_micros(event.received));
}

/// All hours and what is in none are the account; one of them is what its own events come to.
std::optional<std::string> difference_of_hours(const Case& made, const ViewBooks& books) {
  ViewBooks::Accounts sum = books.rest;
  const ProcessingTime hour = hour_of(made.events.front());
  Case of_hour = made;
  std::erase_if(of_hour.events, [&](const auto& event) { return hour_of(event) != hour; });
  auto wanted = wanted_of(of_hour).accounts;
  std::erase_if(wanted, [](const auto& each) { return each.second.matching == 0; });
  bool differs = false;
  EXPECT_TRUE(
      books.read("", std::string(9, '\xFF'), [&](const HourKey& key, const SourceAccount& account) {
        sum[key.source].add(account);
        if (key.hour == hour && account.matching.count > 0) {
          differs = differs || !wanted.contains(key.source) ||
                    !is_account(account, wanted.at(key.source));
          wanted.erase(key.source);
        }
        return true;
      }));
  if (sum != books.whole) {
    return "the hours are not the account";
  }
  return differs || (hour >= books.hours_from && !wanted.empty())
             ? std::optional<std::string>("another account of an hour")
             : std::nullopt;
}

/// What of the engine's is not as it must be; nothing when all is.
std::optional<std::string> difference(const Case& made, std::uint64_t seed) {
  Engine engine(made);
  const Cells cells = engine.run(seed);
  const Cells again = Engine(made).run(seed + 1);
  if (cells.bytes != again.bytes || cells.account != again.account) {
    return "another order has other bytes";
  }
  if (const auto differs = difference_of_hours(made, engine.books())) {
    return differs;
  }
  const oracle::Outcome wanted = wanted_of(made);
  for (const auto& [key, answers] : wanted.cells) {
    const auto found = cells.results.find(key);
    if (found == cells.results.end()) {
      return "missing: " + key.dump();
    }
    std::size_t at = 0;
    for (const auto& [name, answer] : answers.items()) {
      const MeasureResult& result = found->second[at++];
      if (!agrees(result, answer)) {
        return key.dump() + " " + name + " is " + answer_of(result).dump() + ", not " +
               answer.dump();
      }
    }
  }
  if (cells.results.size() != wanted.cells.size()) {
    return "there are " + std::to_string(cells.results.size()) + " cells, not " +
           std::to_string(wanted.cells.size());
  }
  const Json& fields = made.spec["group_by"];
  const bool by_source = std::ranges::find(fields, Json("source")) != fields.end();
  if (const auto differs = difference_of_heavy(cells, wanted, by_source)) {
    return differs;
  }
  for (const auto& [source, account] : wanted.accounts) {
    const auto found = engine.runtime().account().sources().find(source);
    if (found == engine.runtime().account().sources().end()) {
      return "no account of " + source;
    }
    const SourceAccount& has = found->second;
    if (!is_account(has, account) || has.in_cells != account.in_cells) {
      return "another account of " + source;
    }
  }
  if (engine.stored_states() != wanted.states) {
    return "there are states of " + std::to_string(engine.stored_states()) + " keys, not " +
           std::to_string(wanted.states);
  }
  const bool has_lives = made.spec["measures"].dump().find("key.is_new") != std::string::npos;
  if (engine.stored_lives() != (has_lives ? wanted.lives : 0)) {
    return "there are " + std::to_string(engine.stored_lives()) + " lives of keys, not " +
           std::to_string(wanted.lives);
  }
  return std::nullopt;
}

std::string text_of(const Case& made, const std::string& what) {
  std::ostringstream text;
  text << what << "\n" << made.spec << "\nnow " << made.now;
  for (const oracle::Event& event : made.events) {
    text << "\n"
         << event.fields << " at " << event.time << " received " << event.received << " id "
         << event.id.first << "," << event.id.second;
  }
  return text.str();
}

/// Leaves out events as long as it still differs.
std::string smallest(Case made, std::uint64_t seed) {
  for (std::size_t at = 0; at < made.events.size();) {
    Case less = made;
    less.events.erase(less.events.begin() + static_cast<std::ptrdiff_t>(at));
    if (difference(less, seed)) {
      made = less;
      at = 0;
    } else {
      ++at;
    }
  }
  return text_of(made, *difference(made, seed));
}

void check(Case (*random)(std::uint64_t), std::uint64_t from, std::uint64_t count) {
  for (std::uint64_t seed = from; seed < from + count; ++seed) {
    const Case made = random(seed);
    const auto differs = difference(made, seed);
    ASSERT_FALSE(differs) << "seed " << seed << ": " << smallest(made, seed);
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed << ": " << text_of(made, "");
  }
}

TEST(ViewOracleTest, AViewIsWhatItsDefinitionSays) {
  check(random_case, 0, 1'500);
}

TEST(ViewOracleTest, AViewOfMoreGroupsThanAreKeptIsWhatItsDefinitionSays) {
  check(random_limited_case, 0, 1'000);
}

TEST(ViewOracleTest, AViewOverKeysIsWhatItsDefinitionSays) {
  check(random_keyed_case, 0, 1'500);
}

TEST(ViewOracleTest, AViewOfMoreKeysThanAreCountedIsWhatItsDefinitionSays) {
  check(random_sampled_case, 0, 1'500);
}

TEST(ViewOracleSoakTest, AMillionViewsAreWhatTheirDefinitionSays) {
  check(random_case, 1'000'000, 1'000'000);
}

TEST(ViewOracleSoakTest, AMillionViewsOfMoreGroupsThanAreKeptAreWhatTheirDefinitionSays) {
  check(random_limited_case, 1'000'000, 1'000'000);
}

TEST(ViewOracleSoakTest, AMillionViewsOfMoreKeysThanAreCountedAreWhatTheirDefinitionSays) {
  check(random_sampled_case, 1'000'000, 1'000'000);
}

TEST(ViewOracleSoakTest, AMillionViewsOverKeysAreWhatTheirDefinitionSays) {
  check(random_keyed_case, 1'000'000, 1'000'000);
}

}  // namespace
}  // namespace hapax
