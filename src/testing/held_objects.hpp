// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ports/object_name.hpp"
#include "ports/object_store.hpp"

namespace hapax {

/// An object store in memory whose calls wait until a test says what becomes of them. Several
/// owners may have one each over the same objects.
class HeldObjects : public ObjectStore {
 public:
  using Objects = std::map<std::string, std::string>;

  explicit HeldObjects(Objects& objects) : objects_(objects) {}

  std::size_t waiting() const { return calls_.size(); }
  /// Of the oldest call: it is done and answered; done and not answered; neither.
  void answer() { take()(true, true); }
  void lose_answer() { take()(true, false); }
  void lose_call() { take()(false, false); }
  /// It is not answered, and is done when the result is called.
  std::function<void()> delay() {
    auto call = take();
    call(false, false);
    return [call] { call(true, std::nullopt); };
  }

  void put(const std::string& name, std::string bytes, Done done) override {
    hold<Result<void>>(check_object_name(name), std::move(done),
                       [this, name, bytes]() -> Result<void> {
                         objects_[name] = bytes;
                         return {};
                       });
  }
  void create(const std::string& name, std::string bytes, Created done) override {
    hold<Result<bool>>(
        check_object_name(name), std::move(done),
        [this, name, bytes]() -> Result<bool> { return objects_.try_emplace(name, bytes).second; });
  }
  void get(const std::string& name, Got done) override {
    hold<Result<std::optional<std::string>>>(
        check_object_name(name), std::move(done),
        [this, name]() -> Result<std::optional<std::string>> {
          const auto found = objects_.find(name);
          return found == objects_.end() ? std::optional<std::string>() : found->second;
        });
  }
  void list(const std::string& prefix, Listed done) override {
    hold<Result<std::vector<std::string>>>(check_object_prefix(prefix), std::move(done),
                                           [this, prefix]() -> Result<std::vector<std::string>> {
                                             std::vector<std::string> names;
                                             for (const auto& [name, bytes] : objects_) {
                                               if (name.starts_with(prefix)) {
                                                 names.push_back(name);
                                               }
                                             }
                                             return names;
                                           });
  }
  void remove(const std::string& name, Done done) override {
    hold<Result<void>>(check_object_name(name), std::move(done), [this, name]() -> Result<void> {
      objects_.erase(name);
      return {};
    });
  }

 private:
  /// `answered`: nothing, nobody waits for it any more.
  using Call = std::function<void(bool is_done, std::optional<bool> answered)>;

  template <typename Answer>
  void hold(Result<void> checked, std::function<void(Answer)> done, std::function<Answer()> act) {
    calls_.push_back([checked = std::move(checked), done = std::move(done), act = std::move(act)](
                         bool is_done, std::optional<bool> answered) {
      Answer answer = Error{ErrorKind::kUnavailable, "no answer in time"};
      if (is_done) {
        Answer real = checked ? act() : Answer(checked.error());
        if (answered.value_or(false)) {
          answer = std::move(real);
        }
      }
      if (answered) {
        done(std::move(answer));
      }
    });
  }
  Call take() {
    Call call = std::move(calls_.front());
    calls_.pop_front();
    return call;
  }

  Objects& objects_;
  std::deque<Call> calls_;
};

}  // namespace hapax
