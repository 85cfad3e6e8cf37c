// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>

#include "access/admin_access.hpp"
#include "access/gate.hpp"
#include "access/throttle.hpp"
#include "core/mutex.hpp"
#include "http/http.hpp"
#include "ports/clock.hpp"
#include "read/task_pool.hpp"

namespace hapax {

struct SessionStats {
  std::map<std::string, std::uint64_t> sign_ins;  ///< Tries by what became of them.
  AdminStats admin;
};

/// The routes by which the admin signs in and out and sets the password (docs/http-api.md).
/// A password is hashed on a thread of their own, one at a time, so that guesses, of which there is
/// a bound, cost no more memory than one. Threading: all calls may run at the same time. Lifetime:
/// the parts must outlive it.
class SessionRoutes {
 public:
  using Respond = HttpHandler::Respond;
  struct Parts {
    AdminAccess& admin;
    const Gate& gate;
    const Clock& clock;
  };

  SessionRoutes(Parts parts, std::string version) : parts_(parts), version_(std::move(version)) {}

  void show(const HttpRequest& request, const Respond& respond) const;
  void sign_in(const HttpRequest& request, const Respond& respond);
  void sign_out(const HttpRequest& request, const Respond& respond);
  void set_up(const HttpRequest& request, const Respond& respond);

  SessionStats stats() const;

  /// Answers what is under way.
  void stop() { passwords_.stop(); }

 private:
  /// Whether the request may be one of a try; else it is answered.
  bool is_let_through(const HttpRequest& request, const Respond& respond);
  /// It was one of who knows, and does not count.
  void give_back(const HttpRequest& request);
  void count(const std::string& outcome);
  HttpResponse signed_in(const HttpRequest& request, const std::string& outcome);
  HttpResponse try_password(const HttpRequest& request, const std::string& password);
  HttpResponse try_link(const HttpRequest& request, const std::string& token,
                        const std::string& password);
  HttpResponse session_json(const Caller& caller) const;

  const Parts parts_;
  const std::string version_;
  mutable Mutex mutex_;
  Throttle throttle_ HAPAX_GUARDED_BY(mutex_);
  std::map<std::string, std::uint64_t> counts_ HAPAX_GUARDED_BY(mutex_);
  TaskPool passwords_{1};
};

}  // namespace hapax
