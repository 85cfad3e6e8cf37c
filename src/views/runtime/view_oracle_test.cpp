// SPDX-License-Identifier: Apache-2.0
// Random views over random events, through checkpoints, evictions, expiry and restarts, against the
// definition (view_oracle.hpp, keyed_oracle.hpp).
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include "core/time_math.hpp"
#include "testing/random_cases.hpp"
#include "views/runtime/random_keyed_views.hpp"
#include "views/runtime/random_views.hpp"
#include "views/runtime/view_engine.hpp"

namespace hapax {
namespace {

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
  check(random_case, 0, random_cases(1'500));
}

TEST(ViewOracleTest, AViewOfMoreGroupsThanAreKeptIsWhatItsDefinitionSays) {
  check(random_limited_case, 0, random_cases(1'000));
}

TEST(ViewOracleTest, AViewOverKeysIsWhatItsDefinitionSays) {
  check(random_keyed_case, 0, random_cases(1'500));
}

TEST(ViewOracleTest, AViewOfMoreKeysThanAreCountedIsWhatItsDefinitionSays) {
  check(random_sampled_case, 0, random_cases(1'500));
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
