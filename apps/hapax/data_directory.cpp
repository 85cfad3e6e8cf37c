// SPDX-License-Identifier: Apache-2.0
#include "data_directory.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace hapax {
namespace {

Error not_ours(const std::string& path, int code) {
  return {
      .kind = ErrorKind::kUnavailable,
      .message = fmt::format("cannot write to {}: {}", path, std::strerror(code)),
      .hint = fmt::format("run as the user it belongs to, give it to this one (chown -R {} {}), "
                          "or choose another place with --data-dir",
                          ::geteuid(), path)};
}

/// A directory that is there: may this process read and change what is in it?
Result<void> check_access(const std::string& path) {
  if (::euidaccess(path.c_str(), R_OK | W_OK | X_OK) != 0 && errno != ENOENT) {
    return not_ours(path, errno);
  }
  return {};
}

void warn_if_public(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && (status.st_mode & S_IRWXO) != 0) {
    spdlog::warn(
        "msg=\"Every user of this machine may look into the data directory: chmod o= it.\" "
        "data_dir={}",
        path);
  }
}

}  // namespace

Result<void> prepare_data_directory(const std::string& path, Storage& storage) {
  if (auto made = storage.create_directories(path); !made) {
    auto error = std::move(made).error();
    error.hint = "make it for the user that runs Hapax, or choose another place with --data-dir";
    return error;
  }
  for (const auto* part :
       {"", "/log", "/state", "/base", "/verdicts", "/catalog", "/access", "/boards", "/alerts"}) {
    HAPAX_TRY(check_access(path + part));
  }
  warn_if_public(path);
  return {};
}

}  // namespace hapax
