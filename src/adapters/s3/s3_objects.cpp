// SPDX-License-Identifier: Apache-2.0
#include "adapters/s3/s3_objects.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "adapters/s3/s3_answers.hpp"
#include "adapters/s3/s3_probe.hpp"
#include "ports/object_name.hpp"

namespace hapax {
namespace {

constexpr long kPreconditionFailed = 412;

Result<void> check_size(const std::string& name, const std::string& bytes) {
  if (bytes.size() <= kObjectBytesMax) {
    return {};
  }
  return Error{ErrorKind::kInvalid, fmt::format("{} has {} bytes; an object may have up to {}",
                                                name, bytes.size(), kObjectBytesMax)};
}

}  // namespace

Result<std::unique_ptr<S3Objects>> S3Objects::open(S3Settings settings, const Clock& clock,
                                                   Random& random) {
  HAPAX_TRY(check_s3_settings(settings));
  HAPAX_ASSIGN(auto client, S3Client::start(std::move(settings), clock));
  std::unique_ptr<S3Objects> objects(new S3Objects(std::move(client)));
  HAPAX_TRY(probe_creation(*objects, random, place_of(objects->client_->settings())));
  return objects;
}

Error S3Objects::error_of(const std::string& what, const S3Answer& answer) const {
  return hapax::error_of(what, answer, client_->settings());
}

template <typename Answer>
void S3Objects::refuse(std::function<void(Answer)> done, Error error) {
  refused_.emplace_back(
      [done = std::move(done), error = std::move(error)] { done(Answer(error)); });
}

void S3Objects::put(const std::string& name, std::string bytes, Done done) {
  if (auto fits = check_object_name(name).and_then([&] { return check_size(name, bytes); });
      !fits) {
    return refuse(std::move(done), std::move(fits).error());
  }
  client_->send({.method = "PUT", .key = key_of(name), .body = std::move(bytes)},
                [this, name, done = std::move(done)](const S3Answer& answer) {
                  done(answer.is_success() ? Result<void>() : error_of("put " + name, answer));
                });
}

void S3Objects::create(const std::string& name, std::string bytes, Created done) {
  if (auto fits = check_object_name(name).and_then([&] { return check_size(name, bytes); });
      !fits) {
    return refuse(std::move(done), std::move(fits).error());
  }
  client_->send({.method = "PUT",
                 .key = key_of(name),
                 .headers = {{"if-none-match", "*"}},
                 .body = std::move(bytes)},
                [this, name, done = std::move(done)](const S3Answer& answer) -> void {
                  if (answer.is_success()) {
                    return done(true);
                  }
                  if (answer.failure.empty() && answer.status == kPreconditionFailed) {
                    return done(false);
                  }
                  done(error_of("create " + name, answer));
                });
}

void S3Objects::get(const std::string& name, Got done) {
  if (auto fits = check_object_name(name); !fits) {
    return refuse(std::move(done), std::move(fits).error());
  }
  client_->send({.method = "GET", .key = key_of(name)},
                [this, name, done = std::move(done)](S3Answer answer) -> void {
                  if (answer.is_success()) {
                    return done(std::optional(std::move(answer.body)));
                  }
                  if (says_that_nothing_is_there(answer)) {
                    return done(std::optional<std::string>());
                  }
                  done(error_of("get " + name, answer));
                });
}

void S3Objects::list(const std::string& prefix, Listed done) {
  if (auto fits = check_object_prefix(prefix); !fits) {
    return refuse(std::move(done), std::move(fits).error());
  }
  list_on(prefix, "", {}, std::move(done));
}

/// Asks for the page behind `names`, and for the next ones.
void S3Objects::list_on(std::string prefix, const std::string& continuation,
                        std::vector<std::string> names, Listed done) {
  SignedParts::Fields query{{"list-type", "2"},
                            {"encoding-type", "url"},
                            {"max-keys", std::to_string(client_->settings().list_page)},
                            {"prefix", key_of(prefix)}};
  if (!continuation.empty()) {
    query.emplace_back("continuation-token", continuation);
  }
  client_->send({.method = "GET", .key = "", .query = std::move(query)},
                [this, prefix, names = std::move(names),
                 done = std::move(done)](const S3Answer& answer) mutable -> void {
                  const std::string what = fmt::format("list \"{}\"", prefix);
                  if (!answer.is_success()) {
                    return done(error_of(what, answer));
                  }
                  auto page = read_page(answer.body);
                  if (!page) {
                    S3Answer unreadable;
                    unreadable.failure = page.error().message;
                    return done(error_of(what, unreadable));
                  }
                  for (const std::string& key : page->keys) {
                    // Others may have keys there that are no names of ours, such as marks of
                    // folders.
                    const std::string name = key.substr(std::min(key.size(), key_of("").size()));
                    if (key.starts_with(key_of(prefix)) && is_object_name(name)) {
                      names.push_back(name);
                    }
                  }
                  if (!page->next.empty()) {
                    return list_on(std::move(prefix), page->next, std::move(names),
                                   std::move(done));
                  }
                  std::ranges::sort(names);  // Stores that keep folders have an order of their own.
                  done(std::move(names));
                });
}

void S3Objects::remove(const std::string& name, Done done) {
  if (auto fits = check_object_name(name); !fits) {
    return refuse(std::move(done), std::move(fits).error());
  }
  client_->send({.method = "DELETE", .key = key_of(name)},
                [this, name, done = std::move(done)](const S3Answer& answer) {
                  const bool is_gone = answer.is_success() || says_that_nothing_is_there(answer);
                  done(is_gone ? Result<void>() : error_of("remove " + name, answer));
                });
}

void S3Objects::poll(std::chrono::milliseconds wait_max) {
  const auto refused = std::exchange(refused_, {});
  for (const auto& call : refused) {
    call();
  }
  client_->poll(refused.empty() ? wait_max : std::chrono::milliseconds(0));
}

}  // namespace hapax
