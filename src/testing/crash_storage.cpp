// SPDX-License-Identifier: Apache-2.0
#include "testing/crash_storage.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace hapax {
namespace {

using Kind = DiskOp::Kind;

Error no_such_file(const std::string& path) {
  return {.kind = ErrorKind::kInvalid, .message = "open " + path + ": no such file"};
}

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

class CrashStorage::CrashFile : public File {
 public:
  CrashFile(CrashStorage& storage, Inode inode, std::string path)
      : storage_(storage), inode_(inode), path_(std::move(path)) {}

  Result<std::size_t> read_at(std::uint64_t position, std::span<std::byte> into) const override {
    const MutexLock lock(storage_.mutex_);
    const auto& content = storage_.image_.contents[inode_];
    const auto count =
        std::min<std::uint64_t>(into.size(), content.size() - std::min(content.size(), position));
    if (storage_.cannot_read(inode_, position, count)) {
      return Error{.kind = ErrorKind::kUnavailable,
                   .message = "pread " + path_ + ": Input/output error"};
    }
    if (count > 0) {
      std::memcpy(into.data(), content.data() + position, count);
    }
    return count;
  }

  Result<void> write_at(std::uint64_t position, std::span<const std::byte> bytes) override {
    return storage_.perform({.kind = Kind::kWrite,
                             .inode = inode_,
                             .position = position,
                             .bytes = text_of(bytes),
                             .path = storage_.name_of(inode_, path_)});
  }

  Result<void> append(std::span<const std::byte> bytes) override {
    HAPAX_ASSIGN(const auto end, size());
    return write_at(end, bytes);
  }

  Result<void> sync() override {
    return storage_.perform(
        {.kind = Kind::kSync, .inode = inode_, .path = storage_.name_of(inode_, path_)});
  }

  Result<void> truncate(std::uint64_t size) override {
    return storage_.perform({.kind = Kind::kResize,
                             .inode = inode_,
                             .position = size,
                             .path = storage_.name_of(inode_, path_)});
  }

  Result<void> allocate(std::uint64_t size) override { return truncate(size); }

  Result<std::uint64_t> size() const override {
    const MutexLock lock(storage_.mutex_);
    return storage_.image_.contents[inode_].size();
  }

 private:
  CrashStorage& storage_;
  const Inode inode_;
  const std::string path_;
};

class CrashStorage::LockFile : public File {
 public:
  LockFile(CrashStorage& storage, std::string path) : storage_(storage), path_(std::move(path)) {}
  ~LockFile() override {
    const MutexLock lock(storage_.mutex_);
    storage_.locks_.erase(path_);
  }

  Result<std::size_t> read_at(std::uint64_t, std::span<std::byte>) const override { return 0; }
  Result<void> write_at(std::uint64_t, std::span<const std::byte>) override { return {}; }
  Result<void> append(std::span<const std::byte>) override { return {}; }
  Result<void> sync() override { return {}; }
  Result<void> truncate(std::uint64_t) override { return {}; }
  Result<void> allocate(std::uint64_t) override { return {}; }
  Result<std::uint64_t> size() const override { return std::uint64_t{0}; }

 private:
  CrashStorage& storage_;
  const std::string path_;
};

CrashStorage::CrashStorage(DiskImage image)
    : image_(image),
      trace_(std::move(image)),
      next_inode_(image_.contents.empty() ? 0 : image_.contents.rbegin()->first + 1) {
  for (const auto& [path, inode] : image_.names) {
    for (auto at = directory_of(path); !at.empty(); at = directory_of(at)) {
      directories_.insert(at);
    }
  }
}

void CrashStorage::before_op(BeforeOp before) {
  const MutexLock lock(mutex_);
  before_op_ = std::move(before);
}

DiskImage CrashStorage::image() const {
  const MutexLock lock(mutex_);
  return image_;
}

DiskImage CrashStorage::crash(std::size_t op_count, std::uint64_t kept) const {
  const MutexLock lock(mutex_);
  return trace_.crash(
      op_count, DiskOrder::kNone,
      [kept](std::size_t n) { return (kept >> n & 1U) != 0 ? Fate::kKept : Fate::kLost; }, {});
}

DiskImage CrashStorage::crash(std::size_t op_count, Random& random, DiskOrder order) const {
  const MutexLock lock(mutex_);
  return trace_.crash(
      op_count, order,
      [&random](std::size_t) {
        constexpr std::array kFates{Fate::kKept, Fate::kLost, Fate::kTorn};
        return kFates[random.next() % kFates.size()];
      },
      [&random](std::size_t) { return random.next() % 2 == 0; });
}

std::string CrashStorage::content(const std::string& path) const {
  const MutexLock lock(mutex_);
  const auto inode = find(path);
  return inode ? image_.contents.at(*inode) : std::string();
}

void CrashStorage::set_content(const std::string& path, std::string content) {
  const MutexLock lock(mutex_);
  const auto inode = find(path).value_or(next_inode_++);
  image_.names[path] = inode;
  image_.contents[inode] = std::move(content);
}

void CrashStorage::make_unreadable(const std::string& path, std::uint64_t position) {
  const MutexLock lock(mutex_);
  unreadable_[image_.names.at(path)].insert(position);
}

bool CrashStorage::cannot_read(Inode inode, std::uint64_t position, std::uint64_t count) const {
  const auto found = unreadable_.find(inode);
  if (found == unreadable_.end()) {
    return false;
  }
  const auto next = found->second.lower_bound(position);
  return next != found->second.end() && *next < position + count;
}

std::optional<Inode> CrashStorage::find(const std::string& path) const {
  const auto found = image_.names.find(path);
  return found == image_.names.end() ? std::nullopt : std::optional(found->second);
}

/// The name of a file now; `former` if it has none.
std::string CrashStorage::name_of(Inode inode, const std::string& former) const {
  const MutexLock lock(mutex_);
  const auto found =
      std::ranges::find(image_.names, inode, [](const auto& name) { return name.second; });
  return found == image_.names.end() ? former : found->first;
}

void CrashStorage::record(DiskOp op) {
  if (op.kind == Kind::kOpen) {
    return;
  }
  const MutexLock lock(mutex_);
  image_.apply(op);
  trace_.add(std::move(op));
}

/// Does `op` unless the test says that it fails.
Result<void> CrashStorage::perform(DiskOp op) {
  BeforeOp before;
  {
    const MutexLock lock(mutex_);
    before = before_op_;
  }
  auto error = before ? before(op) : std::nullopt;
  if (!error) {
    record(std::move(op));
    return {};
  }
  if (op.kind == Kind::kWrite) {
    op.bytes.resize(op.bytes.size() / 2);
    record(std::move(op));
  } else if (op.kind == Kind::kSync) {
    op.kind = Kind::kFailedSync;
    record(std::move(op));
  }
  return std::move(*error);
}

Result<std::unique_ptr<File>> CrashStorage::open(const std::string& path, OpenMode mode) {
  std::optional<Inode> inode;
  {
    const MutexLock lock(mutex_);
    inode = find(path);
  }
  const bool must_exist = mode == OpenMode::kRead || mode == OpenMode::kReadWrite;
  if (must_exist && !inode) {
    return no_such_file(path);
  }
  if (mode == OpenMode::kCreateNew && inode) {
    return Error{.kind = ErrorKind::kInvalid, .message = "open " + path + ": file exists"};
  }
  if (!inode) {
    {
      const MutexLock lock(mutex_);
      inode = next_inode_++;
    }
    HAPAX_TRY(perform({.kind = Kind::kLink, .inode = *inode, .path = path}));
  } else {
    HAPAX_TRY(perform({.kind = Kind::kOpen, .inode = *inode, .path = path}));
    if (mode == OpenMode::kCreateOrTruncate) {
      HAPAX_TRY(perform({.kind = Kind::kResize, .inode = *inode, .path = path}));
    }
  }
  return std::unique_ptr<File>(std::make_unique<CrashFile>(*this, *inode, path));
}

Result<bool> CrashStorage::link(const std::string& from, const std::string& to) {
  std::optional<Inode> inode;
  {
    const MutexLock lock(mutex_);
    inode = find(from);
    if (inode && (find(to) || directories_.contains(to))) {
      return false;
    }
  }
  if (!inode) {
    return no_such_file(from);
  }
  HAPAX_TRY(perform({.kind = Kind::kLink, .inode = *inode, .path = to}));
  return true;
}

Result<void> CrashStorage::rename(const std::string& from, const std::string& to) {
  std::optional<Inode> inode;
  {
    const MutexLock lock(mutex_);
    inode = find(from);
  }
  return inode ? perform({.kind = Kind::kRename, .inode = *inode, .path = from, .target = to})
               : Result<void>(no_such_file(from));
}

Result<void> CrashStorage::unlink(const std::string& path) {
  HAPAX_ASSIGN(const bool there, exists(path));
  return there ? perform({.kind = Kind::kUnlink, .path = path}) : Result<void>(no_such_file(path));
}

Result<void> CrashStorage::sync_directory(const std::string& path) {
  return perform({.kind = Kind::kSyncDirectory, .path = path});
}

Result<void> CrashStorage::create_directories(const std::string& path) {
  const MutexLock lock(mutex_);
  for (auto at = path; !at.empty(); at = directory_of(at)) {
    directories_.insert(at);
  }
  return {};
}

Result<std::vector<std::string>> CrashStorage::list(const std::string& path) {
  const MutexLock lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, inode] : image_.names) {
    if (directory_of(name) == path) {
      names.push_back(name.substr(path.size() + 1));
    }
  }
  for (const auto& directory : directories_) {
    if (directory_of(directory) == path && directory.size() > path.size()) {
      names.push_back(directory.substr(path.size() + 1));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<bool> CrashStorage::exists(const std::string& path) {
  const MutexLock lock(mutex_);
  return find(path).has_value() || directories_.contains(path);
}

Result<std::unique_ptr<File>> CrashStorage::lock(const std::string& path) {
  const MutexLock lock(mutex_);
  if (!locks_.insert(path).second) {
    return Error{.kind = ErrorKind::kUnavailable, .message = "cannot lock " + path};
  }
  return std::unique_ptr<File>(std::make_unique<LockFile>(*this, path));
}

}  // namespace hapax
