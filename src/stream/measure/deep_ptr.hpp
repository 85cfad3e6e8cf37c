// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

namespace hapax {

/// Owns an object or none; a copy owns a copy. For the large part of a state that most do without.
template <typename T>
class DeepPtr {
 public:
  DeepPtr() = default;
  DeepPtr(const DeepPtr& other) : object_(other ? std::make_unique<T>(*other) : nullptr) {}
  DeepPtr(DeepPtr&&) noexcept = default;
  DeepPtr& operator=(DeepPtr other) noexcept {
    object_ = std::move(other.object_);
    return *this;
  }
  ~DeepPtr() = default;

  template <typename... Args>
  void emplace(Args&&... args) {
    object_ = std::make_unique<T>(std::forward<Args>(args)...);
  }

  explicit operator bool() const { return object_ != nullptr; }
  T& operator*() { return *object_; }
  const T& operator*() const { return *object_; }
  T* operator->() { return object_.get(); }
  const T* operator->() const { return object_.get(); }

 private:
  std::unique_ptr<T> object_;
};

}  // namespace hapax
