// SPDX-License-Identifier: Apache-2.0
#include "unsynced_writes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace hapax {
namespace {

struct stat status_of(int descriptor) {
  struct stat status {};
  ::fstat(descriptor, &status);
  return status;
}

// System calls by number: by name they would come back to the shim.
int open_again(int descriptor) {
  const auto path = "/proc/self/fd/" + std::to_string(descriptor);
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path.c_str(), O_RDWR | O_CLOEXEC));
}

void put_back(int descriptor, off_t position, const std::vector<std::byte>& bytes) {
  const auto written =
      ::syscall(SYS_pwrite64, descriptor, bytes.data(), bytes.size(), static_cast<long>(position));
  if (written != static_cast<long>(bytes.size())) {
    std::perror("fault shim: cannot put back what a file held");
    std::abort();
  }
}

}  // namespace

void UnsyncedWrites::remember(int descriptor, off_t position, std::size_t count) {
  const auto status = status_of(descriptor);
  if (!S_ISREG(status.st_mode)) {
    return;
  }
  const MutexLock lock(mutex_);
  auto& file = files_[{status.st_dev, status.st_ino}];
  if (file.descriptor < 0) {
    file.descriptor = open_again(descriptor);
    file.size = status.st_size;
  }
  std::vector<std::byte> bytes(count);
  const auto got = ::pread(file.descriptor, bytes.data(), count, position);
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  file.former.push_back({.position = position, .bytes = std::move(bytes)});
}

void UnsyncedWrites::forget(int descriptor) {
  const auto status = status_of(descriptor);
  const MutexLock lock(mutex_);
  const auto found = files_.find({status.st_dev, status.st_ino});
  if (found != files_.end()) {
    ::close(found->second.descriptor);
    files_.erase(found);
  }
}

void UnsyncedWrites::lose(int descriptor) {
  {
    const auto status = status_of(descriptor);
    const MutexLock lock(mutex_);
    const auto found = files_.find({status.st_dev, status.st_ino});
    if (found == files_.end()) {
      return;
    }
    const auto& file = found->second;
    for (auto former = file.former.rbegin(); former != file.former.rend(); ++former) {
      put_back(file.descriptor, former->position, former->bytes);
    }
    ::syscall(SYS_ftruncate, file.descriptor, static_cast<long>(file.size));
  }
  forget(descriptor);
}

}  // namespace hapax
