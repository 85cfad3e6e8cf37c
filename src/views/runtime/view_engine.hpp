// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/time_math.hpp"
#include "stream/event_hash.hpp"
#include "testing/evict_all.hpp"
#include "testing/memory_state_store.hpp"
#include "views/runtime/group_key.hpp"
#include "views/runtime/random_views.hpp"
#include "views/runtime/running_view.hpp"

namespace hapax {

/// What it comes to: whole bytes, and what they say; of all other groups the heavy ones.
struct Cells {
  std::map<std::string, std::string> bytes;  // By key.
  std::map<Json, std::vector<MeasureResult>> results;
  std::map<Json, std::vector<HeavyFound>> heavy;
  std::string account;
};

inline Json json_of(const OwnedValue& value) {
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

/// Who encodes what is frozen, and when.
enum class Encoding {
  kAtOnce,     ///< This thread, before anything else comes.
  kLate,       ///< This thread, when it is to be written.
  kByAnother,  ///< Another thread, while this one goes on.
};

/// A view over one store, restarted as often as wanted.
class Engine {
 public:
  explicit Engine(const Case& of, Encoding encoding = Encoding::kLate)
      : case_(of), encoding_(encoding) {
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
          evict_all(*runtime_, event_time_from_micros(case_.now));
          break;
        case 3:
          forget_some(random.below(4));
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
    evict_all(*runtime_);
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

  ~Engine() { join(); }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  const RunningView& runtime() const { return *runtime_; }
  /// What was in the store after each write.
  const std::vector<std::map<std::string, MemoryStateStore::Table, std::less<>>>& written() const {
    return written_;
  }
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
    join();
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

  void forget_some(std::size_t count) { runtime_->evict({.age_min = 0, .count_max = count}); }

  void freeze(std::size_t at) {
    if (!frozen_) {
      frozen_ = runtime_->freeze();
      frozen_at_ = at;
      write_ = {.manifest = {}};
      ByteWriter out(write_.manifest);
      runtime_->encode(out);
      runtime_->hours().encode(out);
      if (encoding_ == Encoding::kAtOnce) {
        encode();
      } else if (encoding_ == Encoding::kByAnother) {
        encoder_ = std::thread([this] { encode(); });
      }
    }
  }

  void encode() { EXPECT_TRUE(frozen_->add_to(write_, store_)); }

  void join() {
    if (encoder_.joinable()) {
      encoder_.join();
    }
  }

  void commit() {
    if (frozen_) {
      join();
      if (encoding_ == Encoding::kLate) {
        encode();
      }
      EXPECT_TRUE(frozen_->hours.add_to(write_));
      EXPECT_TRUE(store_.write(write_));
      frozen_->let_go();
      runtime_->commit();
      frozen_.reset();
      stored_at_ = frozen_at_;
      written_.push_back(store_.tables());
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
  const Encoding encoding_;
  const IdHasher hasher_;
  std::vector<std::pair<std::string, std::string>> texts_;
  MemoryStateStore store_;
  std::unique_ptr<ViewInputs> inputs_;
  std::unique_ptr<EventInputs> event_;
  std::unique_ptr<RunningView> runtime_;
  std::optional<FrozenRunningView> frozen_;
  std::size_t frozen_at_ = 0;
  StateWrite write_;
  std::thread encoder_;
  std::vector<std::map<std::string, MemoryStateStore::Table, std::less<>>> written_;
  std::size_t stored_at_ = 0;
  std::map<std::string, std::string> told_;  // As bytes of Cells.
  bool is_following_ = false;
};

}  // namespace hapax
