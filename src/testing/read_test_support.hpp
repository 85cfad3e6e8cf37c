// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/mutex.hpp"
#include "http/http.hpp"
#include "ports/audit_report.hpp"

namespace hapax {

inline SourceAudit make_test_source(std::string name) {
  SourceAudit audit;
  audit.source = std::move(name);
  return audit;
}

/// A stream whose client takes a piece when the test says so.
class FakeStream : public HttpStream {
 public:
  bool write_all(std::span<const Piece> pieces) override {
    const MutexLock lock(mutex_);
    pieces_.insert(pieces_.end(), pieces.begin(), pieces.end());
    ++waiting_;
    waiting_max_ = std::max(waiting_max_, waiting_);
    changed_.notify_all();
    return !disconnected_;
  }

  void on_drained(std::function<void()> drained) override { drained_ = std::move(drained); }

  void disconnect() override {
    const MutexLock lock(mutex_);
    disconnected_ = true;
    changed_.notify_all();
  }

  void end() override {
    const MutexLock lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

  /// The next piece, when it comes; it stays in the way of the one after it until drain().
  Piece next() {
    const MutexLock lock(mutex_);
    changed_.wait(mutex_, [this]() HAPAX_REQUIRES(mutex_) { return !pieces_.empty(); });
    auto piece = std::move(pieces_.front());
    pieces_.pop_front();
    return piece;
  }

  void drain() {
    {
      const MutexLock lock(mutex_);
      waiting_ = 0;
    }
    drained_();
  }

  std::string take() {
    const auto piece = next();
    drain();
    return *piece;
  }

  void wait_until_disconnected() {
    const MutexLock lock(mutex_);
    changed_.wait(mutex_, [this]() HAPAX_REQUIRES(mutex_) { return disconnected_; });
  }

  void wait_until_ended() {
    const MutexLock lock(mutex_);
    changed_.wait(mutex_, [this]() HAPAX_REQUIRES(mutex_) { return ended_; });
  }

  bool disconnected() const {
    const MutexLock lock(mutex_);
    return disconnected_;
  }

  bool ended() const {
    const MutexLock lock(mutex_);
    return ended_;
  }

  std::size_t waiting_max() const {
    const MutexLock lock(mutex_);
    return waiting_max_;
  }

 private:
  mutable Mutex mutex_;
  CondVar changed_;
  std::deque<Piece> pieces_ HAPAX_GUARDED_BY(mutex_);
  std::size_t waiting_ HAPAX_GUARDED_BY(mutex_) = 0;
  std::size_t waiting_max_ HAPAX_GUARDED_BY(mutex_) = 0;
  bool disconnected_ HAPAX_GUARDED_BY(mutex_) = false;
  bool ended_ HAPAX_GUARDED_BY(mutex_) = false;
  std::function<void()> drained_;
};

/// The answer to one request, when it comes.
class FakeResponder {
 public:
  HttpHandler::Respond respond() {
    return [this](HttpResponse response) {
      const MutexLock lock(mutex_);
      response_ = std::move(response);
      came_.notify_all();
    };
  }

  HttpResponse wait() {
    const MutexLock lock(mutex_);
    came_.wait(mutex_, [this]() HAPAX_REQUIRES(mutex_) { return response_.has_value(); });
    return std::move(*std::exchange(response_, std::nullopt));
  }

 private:
  Mutex mutex_;
  CondVar came_;
  std::optional<HttpResponse> response_ HAPAX_GUARDED_BY(mutex_);
};

}  // namespace hapax
