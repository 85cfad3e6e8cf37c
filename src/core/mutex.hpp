// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>

// Clang checks at compile time (-Wthread-safety) that what is HAPAX_GUARDED_BY a mutex is touched
// only while it is held, and that functions that HAPAX_REQUIRES one are called with it. The
// standard library's mutexes are not annotated, so these are used in their place. Other compilers
// check nothing.
#if defined(__clang__)
#define HAPAX_THREAD_SAFETY(...) __attribute__((__VA_ARGS__))
#else
#define HAPAX_THREAD_SAFETY(...)
#endif

/// Of a member: it is read and written with the mutex held.
#define HAPAX_GUARDED_BY(mutex) HAPAX_THREAD_SAFETY(guarded_by(mutex))
/// Of a function or a lambda (`[this]() HAPAX_REQUIRES(mutex_) {...}`): the caller holds the mutex.
#define HAPAX_REQUIRES(...) HAPAX_THREAD_SAFETY(requires_capability(__VA_ARGS__))

namespace hapax {

/// std::mutex, checked.
class HAPAX_THREAD_SAFETY(capability("mutex")) Mutex {
 public:
  void lock() HAPAX_THREAD_SAFETY(acquire_capability()) { mutex_.lock(); }
  void unlock() HAPAX_THREAD_SAFETY(release_capability()) { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

/// Holds a Mutex until the end of its scope, but for the time between unlock() and lock().
class HAPAX_THREAD_SAFETY(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) HAPAX_THREAD_SAFETY(acquire_capability(mutex)) : lock_(mutex) {}
  ~MutexLock() HAPAX_THREAD_SAFETY(release_capability()) = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void unlock() HAPAX_THREAD_SAFETY(release_capability()) { lock_.unlock(); }
  void lock() HAPAX_THREAD_SAFETY(acquire_capability()) { lock_.lock(); }

 private:
  std::unique_lock<Mutex> lock_;
};

/// std::shared_mutex, checked.
class HAPAX_THREAD_SAFETY(capability("mutex")) SharedMutex {
 public:
  void lock() HAPAX_THREAD_SAFETY(acquire_capability()) { mutex_.lock(); }
  void unlock() HAPAX_THREAD_SAFETY(release_capability()) { mutex_.unlock(); }
  void lock_shared() HAPAX_THREAD_SAFETY(acquire_shared_capability()) { mutex_.lock_shared(); }
  void unlock_shared() HAPAX_THREAD_SAFETY(release_shared_capability()) { mutex_.unlock_shared(); }

 private:
  std::shared_mutex mutex_;
};

/// Holds a SharedMutex alone until the end of its scope.
class HAPAX_THREAD_SAFETY(scoped_lockable) WriterLock {
 public:
  explicit WriterLock(SharedMutex& mutex) HAPAX_THREAD_SAFETY(acquire_capability(mutex))
      : lock_(mutex) {}
  ~WriterLock() HAPAX_THREAD_SAFETY(release_capability()) = default;
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  std::unique_lock<SharedMutex> lock_;
};

/// Holds a SharedMutex together with other readers until the end of its scope.
class HAPAX_THREAD_SAFETY(scoped_lockable) ReaderLock {
 public:
  explicit ReaderLock(SharedMutex& mutex) HAPAX_THREAD_SAFETY(acquire_shared_capability(mutex))
      : lock_(mutex) {}
  ~ReaderLock() HAPAX_THREAD_SAFETY(release_generic_capability()) = default;
  ReaderLock(const ReaderLock&) = delete;
  ReaderLock& operator=(const ReaderLock&) = delete;

 private:
  std::shared_lock<SharedMutex> lock_;
};

/// std::condition_variable of a Mutex. The condition is a lambda that HAPAX_REQUIRES the mutex.
class CondVar {
 public:
  void notify_one() noexcept { condition_.notify_one(); }
  void notify_all() noexcept { condition_.notify_all(); }

  /// Waits until `ready`.
  template <typename Ready>
  void wait(Mutex& mutex, Ready ready) HAPAX_REQUIRES(mutex) {
    Held held(mutex);
    condition_.wait(held.lock, ready);
  }

  /// Waits until `ready`, for `duration` at most. Returns whether it is.
  template <typename Rep, typename Period, typename Ready>
  bool wait_for(Mutex& mutex, std::chrono::duration<Rep, Period> duration, Ready ready)
      HAPAX_REQUIRES(mutex) {
    Held held(mutex);
    return condition_.wait_for(held.lock, duration, ready);
  }

  /// The same until `time` at most.
  template <typename Clock, typename Duration, typename Ready>
  bool wait_until(Mutex& mutex, std::chrono::time_point<Clock, Duration> time, Ready ready)
      HAPAX_REQUIRES(mutex) {
    Held held(mutex);
    return condition_.wait_until(held.lock, time, ready);
  }

 private:
  /// The caller's lock in the form the standard library wants; it stays the caller's.
  struct Held {
    explicit Held(Mutex& mutex) : lock(mutex.mutex_, std::adopt_lock) {}
    ~Held() { lock.release(); }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

    std::unique_lock<std::mutex> lock;
  };

  std::condition_variable condition_;
};

}  // namespace hapax
