// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapters/s3/s3_client.hpp"
#include "adapters/s3/s3_settings.hpp"
#include "ports/clock.hpp"
#include "ports/object_store.hpp"
#include "ports/random.hpp"

namespace hapax {

/// Objects in a bucket of S3, or of a store that speaks its protocol and honours If-None-Match
/// (docs/object-store.md). Nothing is repeated but what libcurl sends again on a new connection: so
/// create() may find what it has made itself, and be told that there is one.
/// Threading: as the port says. Lifetime: `clock` must outlive it.
class S3Objects : public PolledObjectStore {
 public:
  /// Looks whether the store can be reached and really creates only what is not there; takes some
  /// requests' time. Errors: kInvalid, it must not be used so, and why; kUnavailable, it does not
  /// answer, try again.
  static Result<std::unique_ptr<S3Objects>> open(S3Settings settings, const Clock& clock,
                                                 Random& random);

  void put(const std::string& name, std::string bytes, Done done) override;
  void create(const std::string& name, std::string bytes, Created done) override;
  void get(const std::string& name, Got done) override;
  void list(const std::string& prefix, Listed done) override;
  void remove(const std::string& name, Done done) override;

  void poll(std::chrono::milliseconds wait_max) override;

 private:
  explicit S3Objects(std::unique_ptr<S3Client> client) : client_(std::move(client)) {}

  std::string key_of(const std::string& name) const { return client_->settings().prefix + name; }
  Error error_of(const std::string& what, const S3Answer& answer) const;
  /// Calls `done` with `error` in the next poll().
  template <typename Answer>
  void refuse(std::function<void(Answer)> done, Error error);
  void list_on(std::string prefix, const std::string& continuation, std::vector<std::string> names,
               Listed done);

  const std::unique_ptr<S3Client> client_;
  std::vector<std::function<void()>> refused_;
};

}  // namespace hapax
