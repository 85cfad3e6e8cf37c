// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "adapters/posix/system_clock.hpp"
#include "adapters/posix/system_random.hpp"
#include "adapters/s3/s3_objects.hpp"
#include "adapters/s3/s3_settings.hpp"

namespace hapax {

/// The store that `tests/cluster/objects/store STORE run` started for this program.
class RealStore {
 public:
  RealStore();

  /// Of a place in its bucket where nothing is yet; the same at each call.
  const S3Settings& settings() const { return settings_; }
  /// A test that cannot open one ends at once.
  std::unique_ptr<S3Objects> open() const;

  bool is_versitygw() const { return name_.starts_with("versitygw"); }
  /// As kill -9 does; returns when it is gone.
  void kill();
  /// Starts it again on what it had; returns when it takes objects.
  void start();
  /// It stands still, and its connections with it.
  void pause();
  void resume();

 private:
  pid_t pid() const;
  void signal(int number) const;

  const std::string name_;
  const std::string script_;
  const std::string folder_;
  const std::string port_;
  S3Settings settings_;
};

/// The machine's, for tests that need no other.
const Clock& real_clock();
Random& real_random();

}  // namespace hapax
