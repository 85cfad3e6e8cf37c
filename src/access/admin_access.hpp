// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "access/admin_file.hpp"
#include "access/sessions.hpp"
#include "core/mutex.hpp"
#include "ports/clock.hpp"
#include "ports/random.hpp"
#include "ports/storage.hpp"

namespace hapax {

struct AdminStats {
  std::size_t sessions = 0;
  bool has_password = false;
  bool is_unsaved = false;  ///< A change is not durable yet; it is tried again.
};

/// The one admin of a server: its password, the browsers in which it has signed in, and the
/// machine's token, kept in a directory of files (docs/formats/access.md).
/// Threading: all calls may run at the same time; is_password() and set_up() take long, and much
/// memory: one of them at a time. Lifetime: the parts must outlive it.
class AdminAccess {
 public:
  struct Parts {
    Storage& storage;
    const Clock& clock;
    Random& random;
  };

  /// Reads what is there, and makes the token where there is none.
  /// Errors: kCorrupt, a file is damaged, with what to do; those of the storage.
  static Result<std::unique_ptr<AdminAccess>> open(const std::string& directory, Parts parts);

  bool is_machine_token(const SecretHash& sent) const { return sent == token_; }

  bool has_password() const;
  bool is_password(std::string_view password) const;

  /// A new session; what its cookie is to say. Where the disk is full it lasts until a restart, or
  /// until it can be written.
  std::string begin_session();
  /// Whether `token` is of a session; it is used now.
  bool use_session(const SecretHash& token);
  /// Errors: those of the storage; it is over all the same, but a restart may bring it back.
  Result<void> end_session(const SecretHash& token);

  /// The token of a new link to set the password by, in the place of any former one.
  Result<std::string> offer_setup();
  /// Sets the password and ends all sessions, durably; false when `token` is not the one that is
  /// offered, or was used. Errors: kInvalid, the password is none (check_new_password()), and the
  /// token goes on to be good; those of the storage.
  Result<bool> set_up(std::string_view token, std::string_view password);

  /// To be called about once a second: writes when sessions were last used, now and then, and what
  /// could not be written before.
  void tick();
  /// Writes what is not written yet. Errors: those of the storage.
  Result<void> save();

  AdminStats stats() const;

 private:
  AdminAccess(std::string directory, Parts parts, AdminRecord record, const SecretHash& token);

  Result<bool> is_offered(const SecretHash& token) const;

  const std::string directory_;
  const Parts parts_;
  const SecretHash token_;

  Mutex file_mutex_;  ///< One writes the file, what is newest last. Taken before the other one.
  mutable Mutex mutex_;
  std::string password_hash_ HAPAX_GUARDED_BY(mutex_);
  std::optional<SecretHash> used_setup_ HAPAX_GUARDED_BY(mutex_);
  Sessions sessions_ HAPAX_GUARDED_BY(mutex_);
  bool is_unsaved_ HAPAX_GUARDED_BY(mutex_) = false;
  bool was_used_ HAPAX_GUARDED_BY(mutex_) = false;  ///< A session, since the last time of writing.
  std::chrono::nanoseconds saved_ HAPAX_GUARDED_BY(mutex_);
};

}  // namespace hapax
