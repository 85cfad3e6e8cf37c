// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ports/storage.hpp"

namespace hapax {

using Bytes = std::vector<std::byte>;

/// Bytes that all who opened the file share.
class MemoryFile final : public File {
 public:
  explicit MemoryFile(std::shared_ptr<Bytes> bytes) : bytes_(std::move(bytes)) {}

  Result<std::size_t> read_at(std::uint64_t position, std::span<std::byte> into) const override {
    const std::size_t start = std::min<std::uint64_t>(position, bytes_->size());
    const std::size_t count = std::min(into.size(), bytes_->size() - start);
    std::copy_n(bytes_->begin() + static_cast<std::ptrdiff_t>(start), count, into.begin());
    return count;
  }
  Result<void> write_at(std::uint64_t position, std::span<const std::byte> bytes) override {
    bytes_->resize(std::max<std::size_t>(bytes_->size(), position + bytes.size()));
    std::ranges::copy(bytes, bytes_->begin() + static_cast<std::ptrdiff_t>(position));
    return {};
  }
  Result<void> append(std::span<const std::byte> bytes) override {
    return write_at(bytes_->size(), bytes);
  }
  Result<void> sync() override { return {}; }
  Result<void> truncate(std::uint64_t size) override {
    return bytes_->resize(size), Result<void>();
  }
  Result<void> allocate(std::uint64_t size) override {
    return bytes_->resize(std::max<std::size_t>(bytes_->size(), size)), Result<void>();
  }
  Result<std::uint64_t> size() const override { return std::uint64_t{bytes_->size()}; }

 private:
  std::shared_ptr<Bytes> bytes_;
};

/// One directory in memory, whose files never fail: what a fuzz target gives to code that wants a
/// disk. Threading: one owner.
class MemoryStorage final : public Storage {
 public:
  /// What the file holds; it is created if missing.
  Bytes& content(const std::string& path) { return *shared(path); }

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    const bool must_exist = mode == OpenMode::kRead || mode == OpenMode::kReadWrite;
    if (must_exist && !files_.contains(path)) {
      return Error{.kind = ErrorKind::kInvalid, .message = "no such file: " + path};
    }
    if (mode == OpenMode::kCreateOrTruncate) {
      content(path).clear();
    }
    return std::unique_ptr<File>(std::make_unique<MemoryFile>(shared(path)));
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    files_[to] = shared(from);
    return unlink(from);
  }
  Result<bool> link(const std::string& from, const std::string& to) override {
    auto file = shared(from);
    return files_.try_emplace(to, std::move(file)).second;
  }
  Result<void> unlink(const std::string& path) override {
    return files_.erase(path), Result<void>();
  }
  Result<void> sync_directory(const std::string&) override { return {}; }
  Result<void> create_directories(const std::string&) override { return {}; }
  Result<std::vector<std::string>> list(const std::string& path) override {
    std::vector<std::string> names;
    names.reserve(files_.size());
    for (const auto& [name, bytes] : files_) {
      names.push_back(name.substr(path.size() + 1));
    }
    return names;
  }
  Result<bool> exists(const std::string& path) override {
    return files_.contains(path) || std::ranges::any_of(files_, [&path](const auto& file) {
             return file.first.starts_with(path + "/");
           });
  }
  Result<std::unique_ptr<File>> lock(const std::string&) override {
    return std::unique_ptr<File>(std::make_unique<MemoryFile>(std::make_shared<Bytes>()));
  }

 private:
  std::shared_ptr<Bytes> shared(const std::string& path) {
    auto& bytes = files_[path];
    return bytes ? bytes : bytes = std::make_shared<Bytes>();
  }

  std::map<std::string, std::shared_ptr<Bytes>> files_;
};

}  // namespace hapax
