// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <set>
#include <string>
#include <variant>

#include "access/admin_access.hpp"
#include "access/caller.hpp"
#include "access/key_ring.hpp"
#include "http/http.hpp"

namespace hapax {

struct GateSettings {
  /// Everybody who connects may everything, as long as what they send shows that they are at this
  /// machine.
  bool is_dev = false;
  /// By which names browsers may ask for a session, beside localhost and addresses; none: by any.
  std::set<std::string, std::less<>> hosts = {};
};

/// Finds out of a request who asks, and refuses what a browser may have been led to ask: by a page
/// of another site (CSRF), or by one whose name now leads here (DNS rebinding); docs/adr/0021.
/// Threading: all calls may run at the same time. Lifetime: `admin` must outlive it.
class Gate {
 public:
  Gate(GateSettings settings, KeyRing keys, AdminAccess& admin)
      : settings_(std::move(settings)), keys_(std::move(keys)), admin_(&admin) {}
  /// Of a server where nobody signs in: keys alone are known.
  Gate(GateSettings settings, KeyRing keys)
      : settings_(std::move(settings)), keys_(std::move(keys)) {}

  /// Of any request, whatever its path: why a server for development refuses it.
  std::optional<HttpResponse> refused_at_all(const HttpRequest& request) const;

  /// Who asks; or why it is refused: by a key that is none, a cookie on a request that is not of
  /// our own page. One without any of these is a caller without rights.
  /// `key_in_query`: its key may be the parameter readKey.
  std::variant<Caller, HttpResponse> caller_of(const HttpRequest& request, bool key_in_query) const;

  /// Why nobody may sign in, or out, by this request.
  std::optional<HttpResponse> refused_to_sign_in(const HttpRequest& request) const;

 private:
  std::variant<Caller, HttpResponse> by_key(const SecretHash& sent) const;
  bool is_known_host(const HttpRequest& request) const;
  std::optional<HttpResponse> refused_host(const HttpRequest& request) const;

  const GateSettings settings_;
  const KeyRing keys_;
  AdminAccess* const admin_ = nullptr;
};

/// Why `caller` may not do what asks for `right`; nothing when it may.
std::optional<HttpResponse> refused_right(const Caller& caller, Right right);

}  // namespace hapax
