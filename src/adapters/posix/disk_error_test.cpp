// SPDX-License-Identifier: Apache-2.0
#include "adapters/posix/disk_error.hpp"

#include <gmock/gmock.h>

#include <cerrno>

namespace hapax {
namespace {

using testing::HasSubstr;

TEST(DiskErrorTest, SaysWhatThereIsNoMoreOf) {
  struct Case {
    int code;
    Resource resource;
    const char* reason;
    const char* hint;
  };
  for (const auto& expected : {
           Case{ENOSPC, Resource::kSpace, "No space left on device", "free disk space"},
           Case{EDQUOT, Resource::kSpace, "Disk quota exceeded", "quota"},
           Case{EMFILE, Resource::kSystem, "Too many open files", "ulimit -n"},
           Case{ENFILE, Resource::kSystem, "Too many open files in system", "fs.file-max"},
           Case{ENOMEM, Resource::kSystem, "Cannot allocate memory", "free memory"},
           Case{EFBIG, Resource::kSystem, "File too large", "ulimit -f"},
       }) {
    const auto error = disk_error("pwrite", "f", expected.code);
    EXPECT_EQ(error.kind, ErrorKind::kExhausted) << expected.reason;
    EXPECT_EQ(error.resource, expected.resource) << expected.reason;
    EXPECT_EQ(error.message, std::string("pwrite f: ") + expected.reason);
    EXPECT_THAT(error.hint, HasSubstr(expected.hint));
  }
}

TEST(DiskErrorTest, AnythingElseIsUnavailable) {
  for (const int code : {EIO, EROFS, EACCES, EBADF}) {
    EXPECT_EQ(disk_error("pwrite", "f", code).kind, ErrorKind::kUnavailable);
  }
}

}  // namespace
}  // namespace hapax
