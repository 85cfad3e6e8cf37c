// SPDX-License-Identifier: Apache-2.0
#include "access/sessions.hpp"

#include <algorithm>

namespace hapax {
namespace {

bool is_over(const AccessSession& session, ProcessingTime now) {
  return now - session.used > kSessionIdleMax || now - session.begun > kSessionAgeMax;
}

}  // namespace

void Sessions::add(const SecretHash& token, ProcessingTime now) {
  end_old(now);
  if (all_.size() >= kSessionsMax) {
    all_.erase(std::ranges::min_element(all_, {}, &AccessSession::used));
  }
  all_.push_back({.token = token, .begun = now, .used = now});
}

bool Sessions::use(const SecretHash& token, ProcessingTime now) {
  const auto found = std::ranges::find(all_, token, &AccessSession::token);
  if (found == all_.end() || is_over(*found, now)) {
    return false;
  }
  found->used = std::max(found->used, now);
  return true;
}

bool Sessions::end(const SecretHash& token) {
  return std::erase_if(all_, [&](const AccessSession& one) { return one.token == token; }) > 0;
}

bool Sessions::end_old(ProcessingTime now) {
  return std::erase_if(all_, [now](const AccessSession& one) { return is_over(one, now); }) > 0;
}

}  // namespace hapax
