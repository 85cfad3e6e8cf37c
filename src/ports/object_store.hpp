// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace hapax {

/// So large may an object be.
constexpr std::size_t kObjectBytesMax = std::size_t{1} << 30U;

/// Named objects that are there whole or not at all, such as a bucket of S3. Names are those of
/// is_object_name(). After an error it is not known what became of a call: it may have been done,
/// or be done at any time later. Repeating it is the caller's; after kInvalid that is in vain until
/// something is changed.
/// Callbacks run on the owner's thread, never inside a call of this or another port, at most once,
/// and not once this is destroyed. Threading: one owner.
class ObjectStore {
 public:
  using Done = std::function<void(Result<void>)>;
  using Created = std::function<void(Result<bool>)>;
  using Got = std::function<void(Result<std::optional<std::string>>)>;
  using Listed = std::function<void(Result<std::vector<std::string>>)>;

  virtual ~ObjectStore() = default;

  /// Writes an object, in place of one of that name.
  virtual void put(const std::string& name, std::string bytes, Done done) = 0;
  /// Writes an object if there is none of that name; false when there is one.
  virtual void create(const std::string& name, std::string bytes, Created done) = 0;
  /// Nothing when there is none.
  virtual void get(const std::string& name, Got done) = 0;
  /// The names of all objects whose name begins so, in order.
  virtual void list(const std::string& prefix, Listed done) = 0;
  /// It may be gone already.
  virtual void remove(const std::string& name, Done done) = 0;
};

/// A store whose callbacks run in poll().
class PolledObjectStore : public ObjectStore {
 public:
  /// Runs the callbacks that are due; if there are none, waits up to `wait_max` for one.
  virtual void poll(std::chrono::milliseconds wait_max) = 0;
};

}  // namespace hapax
