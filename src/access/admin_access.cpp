// SPDX-License-Identifier: Apache-2.0
#include "access/admin_access.hpp"

#include <utility>

#include "access/password.hpp"
#include "access/setup_link.hpp"
#include "access/token_file.hpp"
#include "files/whole_file.hpp"

namespace hapax {
namespace {

constexpr const char* kName = "admin";
constexpr std::size_t kBytesMax = 1U << 20U;
/// By so much the end of an idle session may be early after a crash.
constexpr std::chrono::minutes kUseSavedEvery{10};

Result<AdminRecord> read_record(const std::string& directory, Storage& storage) {
  const std::string path = directory + "/" + kName;
  HAPAX_ASSIGN(const auto text, read_whole_file_if_there(storage, path, kBytesMax));
  if (!text) {
    return AdminRecord();
  }
  auto record = parse_admin_record(*text);
  if (!record) {
    return Error{.kind = ErrorKind::kCorrupt,
                 .message = path + ": " + record.error().message,
                 .hint =
                     "restore it, or remove it: then the start prints a link to set the "
                     "password anew"};
  }
  return record;
}

}  // namespace

Result<std::unique_ptr<AdminAccess>> AdminAccess::open(const std::string& directory, Parts parts) {
  HAPAX_ASSIGN(auto record, read_record(directory, parts.storage));
  HAPAX_ASSIGN(const std::string token, read_or_make_token(directory, parts.storage, parts.random));
  return std::unique_ptr<AdminAccess>(
      new AdminAccess(directory, parts, std::move(record), hash_secret(token)));
}

AdminAccess::AdminAccess(std::string directory, Parts parts, AdminRecord record,
                         const SecretHash& token)
    : directory_(std::move(directory)),
      parts_(parts),
      token_(token),
      password_hash_(std::move(record.password_hash)),
      used_setup_(record.used_setup),
      sessions_(std::move(record.sessions)),
      saved_(parts_.clock.monotonic()) {}

bool AdminAccess::has_password() const {
  const MutexLock lock(mutex_);
  return !password_hash_.empty();
}

bool AdminAccess::is_password(std::string_view password) const {
  std::string hash;
  {
    const MutexLock lock(mutex_);
    hash = password_hash_;
  }
  return !hash.empty() && hapax::is_password(password, hash);
}

std::string AdminAccess::begin_session() {
  std::string token = make_secret(parts_.random);
  {
    const MutexLock lock(mutex_);
    sessions_.add(hash_secret(token), parts_.clock.now());
    is_unsaved_ = true;
  }
  save().permit_unchecked_error();  // tick() tries again.
  return token;
}

bool AdminAccess::use_session(const SecretHash& token) {
  const MutexLock lock(mutex_);
  const bool is_one = sessions_.use(token, parts_.clock.now());
  was_used_ |= is_one;
  return is_one;
}

Result<void> AdminAccess::end_session(const SecretHash& token) {
  {
    const MutexLock lock(mutex_);
    if (!sessions_.end(token)) {
      return {};
    }
    is_unsaved_ = true;
  }
  return save();
}

Result<std::string> AdminAccess::offer_setup() {
  return hapax::offer_setup(directory_, parts_.storage, parts_.random);
}

Result<bool> AdminAccess::is_offered(const SecretHash& token) const {
  HAPAX_ASSIGN(const auto offered, offered_setup(directory_, parts_.storage));
  const MutexLock lock(mutex_);
  // A crash may have left the file of a token that was used.
  return offered == token && used_setup_ != token;
}

Result<bool> AdminAccess::set_up(std::string_view token, std::string_view password) {
  const SecretHash sent = hash_secret(token);
  HAPAX_ASSIGN(const bool is_good, is_offered(sent));
  if (!is_good) {
    return false;
  }
  HAPAX_TRY(check_new_password(password));
  HAPAX_ASSIGN(std::string hash, hash_password(password));
  {
    const MutexLock lock(file_mutex_);
    HAPAX_TRY(write_whole_file(parts_.storage, directory_, kName,
                               to_text({.password_hash = hash, .used_setup = sent})));
    const MutexLock inner(mutex_);
    password_hash_ = std::move(hash);
    used_setup_ = sent;
    sessions_.end_all();
    is_unsaved_ = false;
  }
  withdraw_setup(directory_, parts_.storage).permit_unchecked_error();  // It is good no more.
  return true;
}

void AdminAccess::tick() {
  const std::chrono::nanoseconds now = parts_.clock.monotonic();
  {
    const MutexLock lock(mutex_);
    is_unsaved_ |= sessions_.end_old(parts_.clock.now());
    is_unsaved_ |= was_used_ && now - saved_ >= kUseSavedEvery;
    if (!is_unsaved_) {
      return;
    }
  }
  save().permit_unchecked_error();  // The next call tries again.
}

Result<void> AdminAccess::save() {
  const MutexLock lock(file_mutex_);
  AdminRecord record;
  {
    const MutexLock inner(mutex_);
    if (!is_unsaved_ && !was_used_) {
      return {};
    }
    record = {password_hash_, used_setup_, sessions_.all()};
    is_unsaved_ = false;
    was_used_ = false;
    saved_ = parts_.clock.monotonic();
  }
  auto written = write_whole_file(parts_.storage, directory_, kName, to_text(record));
  if (!written) {
    const MutexLock inner(mutex_);
    is_unsaved_ = true;
  }
  return written;
}

AdminStats AdminAccess::stats() const {
  const MutexLock lock(mutex_);
  return {.sessions = sessions_.all().size(),
          .has_password = !password_hash_.empty(),
          .is_unsaved = is_unsaved_};
}

}  // namespace hapax
