// SPDX-License-Identifier: Apache-2.0
// Makes the disk of an unchanged program fail (reliability T3, T5): a library to preload, which
// stands between the program, its libraries and the C library.
//
//     LD_PRELOAD=.../libfault_shim.so HAPAX_FAULT_PLAN='fdatasync */log/*.seg 3 lose' hapax serve
//
// HAPAX_FAULT_PLAN    rules, see fault_plan.hpp
// HAPAX_FAULT_REPORT  file to which each fault met is appended as a line "call path action"; a loop
//                     over k ends with the first run that appends none
//
// Calls: open, write, pwrite, pwritev, fsync, fdatasync, fallocate, posix_fallocate, ftruncate,
// rename (by its new name), unlink; those that end in 64 count as the same. The path of a
// descriptor is its present name, also after a rename.
//
// A sync that loses puts back what the file held at its last sync, at once, and returns EIO; the
// next one returns 0. So a program that tries again is told that all is well, and the data is gone.
//
// It cannot see: mapped memory, io_uring, stdio and what else the C library calls inside itself,
// statically linked programs. It does not undo: a rename or unlink whose directory was not synced,
// a truncation by open. A kill leaves what was written without a sync in the page cache: only a
// sync that loses takes it away. The modelled disk of src/testing does the rest.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>

#include "fault_plan.hpp"
#include "unsynced_writes.hpp"

#define HAPAX_INTERPOSED extern "C" __attribute__((visibility("default")))

namespace hapax {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// Neither is ever destroyed: threads may write until the process is gone.
FaultPlan& plan() {
  static auto& plan = *new FaultPlan(variable("HAPAX_FAULT_PLAN"), variable("HAPAX_FAULT_REPORT"));
  return plan;
}

UnsyncedWrites& unsynced() {
  static auto& writes = *new UnsyncedWrites;
  return writes;
}

/// The call of that name behind the shim.
template <typename Call>
Call* next(const char* name) {
  return reinterpret_cast<Call*>(::dlsym(RTLD_NEXT, name));
}

std::string path_of(int descriptor) {
  const auto link = "/proc/self/fd/" + std::to_string(descriptor);
  std::array<char, 4096> path{};
  const auto length = ::readlink(link.c_str(), path.data(), path.size());
  return {path.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
}

std::optional<Fault> fault_of(std::string_view call, const std::string& path) {
  return plan().watches(call) ? plan().fault_of(call, path) : std::nullopt;
}

std::optional<Fault> fault_of(std::string_view call, int descriptor) {
  return plan().watches(call) ? plan().fault_of(call, path_of(descriptor)) : std::nullopt;
}

int fail(const Fault& fault) {
  errno = fault.code;
  return -1;
}

off_t size_of(int descriptor) {
  struct stat status {};
  ::fstat(descriptor, &status);
  return status.st_size;
}

/// Where write() will write.
off_t present_position(int descriptor) {
  const bool at_end = (::fcntl(descriptor, F_GETFL) & O_APPEND) != 0;
  return at_end ? size_of(descriptor) : ::lseek(descriptor, 0, SEEK_CUR);
}

void remember(std::string_view call, int descriptor, std::optional<off_t> position,
              std::size_t count) {
  if (plan().watches(call) && plan().may_lose(path_of(descriptor))) {
    unsynced().remember(descriptor, position ? *position : present_position(descriptor), count);
  }
}

/// `perform(n)` writes the first n bytes. No position: where the descriptor stands.
template <typename Perform>
ssize_t write_with_faults(std::string_view call, int descriptor, std::size_t count,
                          std::optional<off_t> position, Perform perform) {
  const auto fault = fault_of(call, descriptor);
  if (fault && fault->action != FaultAction::kShort) {
    return fail(*fault);
  }
  remember(call, descriptor, position, count);
  return perform(fault && count > 1 ? count / 2 : count);
}

template <typename Perform>
int sync_with_faults(std::string_view call, int descriptor, Perform perform) {
  const auto fault = fault_of(call, descriptor);
  if (fault) {
    if (fault->action == FaultAction::kLose) {
      unsynced().lose(descriptor);
    }
    return fail(*fault);
  }
  const int result = perform();
  if (result == 0) {
    unsynced().forget(descriptor);
  }
  return result;
}

}  // namespace
}  // namespace hapax

HAPAX_INTERPOSED int open(const char* path, int flags, ...) {
  static auto* const real_open = hapax::next<int(const char*, int, mode_t)>("open");
  mode_t mode = 0;
  if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  const auto fault = hapax::fault_of("open", std::string(path));
  return fault ? hapax::fail(*fault) : real_open(path, flags, mode);
}

HAPAX_INTERPOSED ssize_t write(int descriptor, const void* bytes, size_t count) {
  static auto* const real_write = hapax::next<ssize_t(int, const void*, size_t)>("write");
  return hapax::write_with_faults("write", descriptor, count, std::nullopt, [&](size_t allowed) {
    return real_write(descriptor, bytes, allowed);
  });
}

HAPAX_INTERPOSED ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t position) {
  static auto* const real_pwrite = hapax::next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  return hapax::write_with_faults("pwrite", descriptor, count, position, [&](size_t allowed) {
    return real_pwrite(descriptor, bytes, allowed, position);
  });
}

HAPAX_INTERPOSED ssize_t pwritev(int descriptor, const iovec* pieces, int piece_count,
                                 off_t position) {
  static auto* const real_pwritev = hapax::next<ssize_t(int, const iovec*, int, off_t)>("pwritev");
  size_t count = 0;
  for (int i = 0; i < piece_count; ++i) {
    count += pieces[i].iov_len;
  }
  return hapax::write_with_faults("pwritev", descriptor, count, position, [&](size_t allowed) {
    // Cut short it ends with the first piece, or in it.
    const iovec first{.iov_base = pieces[0].iov_base,
                      .iov_len = std::min(allowed, pieces[0].iov_len)};
    return allowed == count ? real_pwritev(descriptor, pieces, piece_count, position)
                            : real_pwritev(descriptor, &first, 1, position);
  });
}

HAPAX_INTERPOSED int fsync(int descriptor) {
  static auto* const real_fsync = hapax::next<int(int)>("fsync");
  return hapax::sync_with_faults("fsync", descriptor, [&] { return real_fsync(descriptor); });
}

HAPAX_INTERPOSED int fdatasync(int descriptor) {
  static auto* const real_fdatasync = hapax::next<int(int)>("fdatasync");
  return hapax::sync_with_faults("fdatasync", descriptor,
                                 [&] { return real_fdatasync(descriptor); });
}

HAPAX_INTERPOSED int fallocate(int descriptor, int mode, off_t position, off_t count) {
  static auto* const real_fallocate = hapax::next<int(int, int, off_t, off_t)>("fallocate");
  if (const auto fault = hapax::fault_of("fallocate", descriptor)) {
    return hapax::fail(*fault);
  }
  hapax::remember("fallocate", descriptor, position, 0);
  return real_fallocate(descriptor, mode, position, count);
}

HAPAX_INTERPOSED int posix_fallocate(int descriptor, off_t position, off_t count) {
  static auto* const real_posix_fallocate = hapax::next<int(int, off_t, off_t)>("posix_fallocate");
  if (const auto fault = hapax::fault_of("posix_fallocate", descriptor)) {
    return fault->code;
  }
  hapax::remember("posix_fallocate", descriptor, position, 0);
  return real_posix_fallocate(descriptor, position, count);
}

HAPAX_INTERPOSED int ftruncate(int descriptor, off_t size) noexcept {
  static auto* const real_ftruncate = hapax::next<int(int, off_t)>("ftruncate");
  if (const auto fault = hapax::fault_of("ftruncate", descriptor)) {
    return hapax::fail(*fault);
  }
  const off_t end = hapax::size_of(descriptor);
  hapax::remember("ftruncate", descriptor, size, std::max<off_t>(0, end - size));
  return real_ftruncate(descriptor, size);
}

HAPAX_INTERPOSED int rename(const char* from, const char* to) noexcept {
  static auto* const real_rename = hapax::next<int(const char*, const char*)>("rename");
  const auto fault = hapax::fault_of("rename", std::string(to));
  return fault ? hapax::fail(*fault) : real_rename(from, to);
}

HAPAX_INTERPOSED int unlink(const char* path) noexcept {
  static auto* const real_unlink = hapax::next<int(const char*)>("unlink");
  const auto fault = hapax::fault_of("unlink", std::string(path));
  return fault ? hapax::fail(*fault) : real_unlink(path);
}

// With 64-bit offsets the same calls under other names.
HAPAX_INTERPOSED int open64(const char* path, int flags, ...) __attribute__((alias("open")));
HAPAX_INTERPOSED ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off_t position)
    __attribute__((alias("pwrite")));
HAPAX_INTERPOSED ssize_t pwritev64(int descriptor, const iovec* pieces, int piece_count,
                                   off_t position) __attribute__((alias("pwritev")));
HAPAX_INTERPOSED int fallocate64(int descriptor, int mode, off_t position, off_t count)
    __attribute__((alias("fallocate")));
HAPAX_INTERPOSED int posix_fallocate64(int descriptor, off_t position, off_t count)
    __attribute__((alias("posix_fallocate")));
HAPAX_INTERPOSED int ftruncate64(int descriptor, off_t size) noexcept
    __attribute__((alias("ftruncate")));
