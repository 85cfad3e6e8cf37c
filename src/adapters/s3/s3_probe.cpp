// SPDX-License-Identifier: Apache-2.0
#include "adapters/s3/s3_probe.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace hapax {
namespace {

constexpr std::chrono::milliseconds kPollMax{1'000};
constexpr std::size_t kCreatorsAtOnce = 4;

class Probe {
 public:
  Probe(PolledObjectStore& store, std::string name, const std::string& place)
      : store_(store), name_(std::move(name)), place_(place) {}

  Result<void> run() {
    HAPAX_TRY(create_twice(name_ + "/a"));
    HAPAX_TRY(create_at_once(name_ + "/b"));
    HAPAX_TRY(remove(name_ + "/a"));
    return remove(name_ + "/b");
  }

 private:
  Result<bool> create(const std::string& name, const std::string& bytes) {
    return wait<Result<bool>>(
        [&](const ObjectStore::Created& done) { store_.create(name, bytes, done); });
  }
  Result<void> remove(const std::string& name) {
    return wait<Result<void>>([&](const ObjectStore::Done& done) { store_.remove(name, done); });
  }

  Result<void> create_twice(const std::string& name) {
    HAPAX_ASSIGN(const bool is_new, create(name, "first"));
    if (!is_new) {
      return Error{ErrorKind::kUnavailable,
                   fmt::format("the probe object {} was there already in {}", name, place_)};
    }
    HAPAX_ASSIGN(const bool is_new_again, create(name, "second"));
    if (is_new_again) {
      return refused("it created an object twice");
    }
    HAPAX_ASSIGN(const auto bytes,
                 wait<Result<std::optional<std::string>>>(
                     [&](const ObjectStore::Got& done) { store_.get(name, done); }));
    return bytes == "first" ? Result<void>()
                            : refused(
                                  "an object that it refused to create took the place of one "
                                  "that was there");
  }

  Result<void> create_at_once(const std::string& name) {
    std::array<std::optional<Result<bool>>, kCreatorsAtOnce> answers;
    for (auto& answer : answers) {
      store_.create(name, "bytes",
                    [&answer](Result<bool> created) { answer = std::move(created); });
    }
    while (!std::ranges::all_of(answers, [](const auto& answer) { return answer.has_value(); })) {
      store_.poll(kPollMax);
    }
    std::size_t winners = 0;
    for (auto& answer : answers) {
      // One that met others at the same moment may be told to come again.
      if (!answer->has_value() && answer->error().kind != ErrorKind::kUnavailable) {
        return std::move(answer->error());
      }
      winners += answer->has_value() && **answer ? 1 : 0;
    }
    return winners <= 1 ? Result<void>()
                        : refused(fmt::format("of {} that created an object at once, {} were told "
                                              "that they did",
                                              kCreatorsAtOnce, winners));
  }

  Result<void> refused(const std::string& why) const {
    return Error{ErrorKind::kInvalid,
                 fmt::format("{} does not honour \"If-None-Match: *\": {}", place_, why),
                 "two servers could own the same state there: use a store that does, see "
                 "docs/object-store.md"};
  }

  template <typename Answer>
  Answer wait(const std::function<void(const std::function<void(Answer)>&)>& call) {
    std::optional<Answer> answer;
    call([&answer](Answer done) { answer = std::move(done); });
    while (!answer) {
      store_.poll(kPollMax);
    }
    return *std::move(answer);
  }

  PolledObjectStore& store_;
  const std::string name_;
  const std::string& place_;
};

}  // namespace

Result<void> probe_creation(PolledObjectStore& store, Random& random, const std::string& place) {
  return Probe(store, fmt::format("hapax-probe/{:016x}", random.next()), place).run();
}

}  // namespace hapax
