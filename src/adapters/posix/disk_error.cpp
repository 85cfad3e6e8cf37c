// SPDX-License-Identifier: Apache-2.0
#include "adapters/posix/disk_error.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace hapax {
namespace {

struct Scarce {
  int code;
  Resource resource;
  const char* hint;
};

constexpr std::array kScarce{
    Scarce{ENOSPC, Resource::kSpace, "free disk space"},
    Scarce{EDQUOT, Resource::kSpace, "free space under the disk quota, or raise it"},
    Scarce{EMFILE, Resource::kSystem, "raise the limit of open files (ulimit -n, LimitNOFILE)"},
    Scarce{ENFILE, Resource::kSystem, "raise the machine's limit of open files (fs.file-max)"},
    Scarce{ENOMEM, Resource::kSystem, "free memory, or raise the limit of memory"},
    Scarce{EFBIG, Resource::kSystem,
           "raise the limit of file sizes (ulimit -f, LimitFSIZE), or lower log.segment_bytes"},
};

}  // namespace

Error disk_error(std::string_view call, const std::string& path, int code) {
  Error error{.kind = ErrorKind::kUnavailable,
              .message = fmt::format("{} {}: {}", call, path, std::strerror(code))};
  for (const auto& scarce : kScarce) {
    if (scarce.code == code) {
      error.kind = ErrorKind::kExhausted;
      error.hint = scarce.hint;
      error.resource = scarce.resource;
    }
  }
  return error;
}

}  // namespace hapax
