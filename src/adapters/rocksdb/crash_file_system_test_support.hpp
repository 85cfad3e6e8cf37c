// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "testing/crash_storage.hpp"

namespace hapax {

/// RocksDB's view of a CrashStorage, so that RocksDB itself runs on the modelled disk. Only what
/// RocksDB calls without direct I/O or mmap. Its own log is left out.
/// Threading: all calls may run at the same time. Lifetime: the storage must outlive it.
class CrashFileSystem : public rocksdb::FileSystem {
 public:
  explicit CrashFileSystem(CrashStorage& storage) : storage_(storage) {}

  const char* Name() const override { return "CrashFileSystem"; }

  using Status = rocksdb::IOStatus;
  using Options = rocksdb::IOOptions;
  using FileOptions = rocksdb::FileOptions;
  using Debug = rocksdb::IODebugContext;

  Status NewSequentialFile(const std::string& path, const FileOptions&,
                           std::unique_ptr<rocksdb::FSSequentialFile>* result, Debug*) override {
    return open<Reader>(path, OpenMode::kRead, result);
  }
  Status NewRandomAccessFile(const std::string& path, const FileOptions&,
                             std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                             Debug*) override {
    return open<RandomReader>(path, OpenMode::kRead, result);
  }
  Status NewWritableFile(const std::string& path, const FileOptions&,
                         std::unique_ptr<rocksdb::FSWritableFile>* result, Debug*) override {
    return open<Writer>(path, OpenMode::kCreateOrTruncate, result);
  }
  Status ReopenWritableFile(const std::string& path, const FileOptions&,
                            std::unique_ptr<rocksdb::FSWritableFile>* result, Debug*) override {
    return open<Writer>(path, OpenMode::kReadWrite, result);
  }
  Status NewDirectory(const std::string& path, const Options&,
                      std::unique_ptr<rocksdb::FSDirectory>* result, Debug*) override {
    *result = std::make_unique<Directory>(storage_, trim(path));
    return Status::OK();
  }
  Status NewLogger(const std::string&, const Options&, std::shared_ptr<rocksdb::Logger>* logger,
                   Debug*) override {
    *logger = std::make_shared<Silent>();
    return Status::OK();
  }

  Status FileExists(const std::string& path, const Options&, Debug*) override {
    return storage_.exists(trim(path)).value() ? Status::OK() : Status::NotFound();
  }
  Status GetChildren(const std::string& path, const Options&, std::vector<std::string>* names,
                     Debug*) override {
    *names = storage_.list(trim(path)).value();
    return Status::OK();
  }
  Status DeleteFile(const std::string& path, const Options&, Debug*) override {
    return status_of(storage_.unlink(path));
  }
  Status Truncate(const std::string& path, std::size_t size, const Options&, Debug*) override {
    auto file = storage_.open(path, OpenMode::kReadWrite);
    return file ? status_of((*file)->truncate(size)) : error(file.error());
  }
  Status CreateDir(const std::string& path, const Options&, Debug*) override {
    return status_of(storage_.create_directories(trim(path)));
  }
  Status CreateDirIfMissing(const std::string& path, const Options&, Debug*) override {
    return status_of(storage_.create_directories(trim(path)));
  }
  Status DeleteDir(const std::string&, const Options&, Debug*) override { return Status::OK(); }
  Status GetFileSize(const std::string& path, const Options&, std::uint64_t* size,
                     Debug*) override {
    auto file = storage_.open(path, OpenMode::kRead);
    if (!file) {
      return error(file.error());
    }
    *size = (*file)->size().value();
    return Status::OK();
  }
  Status GetFileModificationTime(const std::string&, const Options&, std::uint64_t* time,
                                 Debug*) override {
    *time = 1;
    return Status::OK();
  }
  Status RenameFile(const std::string& from, const std::string& to, const Options&,
                    Debug*) override {
    return status_of(storage_.rename(from, to));
  }
  Status LinkFile(const std::string& from, const std::string& to, const Options&, Debug*) override {
    const auto linked = storage_.link(from, to);
    if (!linked) {
      return error(linked.error());
    }
    return *linked ? Status::OK() : Status::IOError("link " + to + ": file exists");
  }
  Status LockFile(const std::string& path, const Options&, rocksdb::FileLock** lock,
                  Debug*) override {
    auto held = storage_.lock(path);
    if (!held) {
      return error(held.error());
    }
    *lock = new Lock(std::move(*held));  // NOLINT: RocksDB's interface; UnlockFile deletes it.
    return Status::OK();
  }
  Status UnlockFile(rocksdb::FileLock* lock, const Options&, Debug*) override {
    delete static_cast<Lock*>(lock);  // NOLINT: see LockFile.
    return Status::OK();
  }
  Status GetTestDirectory(const Options&, std::string* path, Debug*) override {
    *path = "test";
    return Status::OK();
  }
  Status GetAbsolutePath(const std::string& path, const Options&, std::string* absolute,
                         Debug*) override {
    *absolute = path;
    return Status::OK();
  }
  Status IsDirectory(const std::string& path, const Options&, bool* is_directory, Debug*) override {
    *is_directory = !storage_.open(path, OpenMode::kRead);
    return Status::OK();
  }

 private:
  class Reader : public rocksdb::FSSequentialFile {
   public:
    explicit Reader(std::unique_ptr<File> file) : file_(std::move(file)) {}
    Status Read(std::size_t count, const Options&, rocksdb::Slice* result, char* scratch,
                Debug*) override {
      const auto status = read(*file_, position_, count, result, scratch);
      position_ += result->size();
      return status;
    }
    Status Skip(std::uint64_t count) override {
      position_ += count;
      return Status::OK();
    }

   private:
    const std::unique_ptr<File> file_;
    std::uint64_t position_ = 0;
  };

  class RandomReader : public rocksdb::FSRandomAccessFile {
   public:
    explicit RandomReader(std::unique_ptr<File> file) : file_(std::move(file)) {}
    Status Read(std::uint64_t position, std::size_t count, const Options&, rocksdb::Slice* result,
                char* scratch, Debug*) const override {
      return read(*file_, position, count, result, scratch);
    }

   private:
    const std::unique_ptr<File> file_;
  };

  class Writer : public rocksdb::FSWritableFile {
   public:
    explicit Writer(std::unique_ptr<File> file) : file_(std::move(file)) {}
    using rocksdb::FSWritableFile::Append;
    Status Append(const rocksdb::Slice& bytes, const Options&, Debug*) override {
      return status_of(file_->append(std::as_bytes(std::span(bytes.data(), bytes.size()))));
    }
    Status Append(const rocksdb::Slice& bytes, const Options& options,
                  const rocksdb::DataVerificationInfo&, Debug* debug) override {
      return Append(bytes, options, debug);
    }
    Status Truncate(std::uint64_t size, const Options&, Debug*) override {
      return status_of(file_->truncate(size));
    }
    Status Close(const Options&, Debug*) override { return Status::OK(); }
    Status Flush(const Options&, Debug*) override { return Status::OK(); }
    Status Sync(const Options&, Debug*) override { return status_of(file_->sync()); }
    std::uint64_t GetFileSize(const Options&, Debug*) override { return file_->size().value(); }

   private:
    const std::unique_ptr<File> file_;
  };

  class Directory : public rocksdb::FSDirectory {
   public:
    Directory(CrashStorage& storage, std::string path)
        : storage_(storage), path_(std::move(path)) {}
    Status Fsync(const Options&, Debug*) override {
      return status_of(storage_.sync_directory(path_));
    }
    Status Close(const Options&, Debug*) override { return Status::OK(); }

   private:
    CrashStorage& storage_;
    const std::string path_;
  };

  class Silent : public rocksdb::Logger {
   public:
    using rocksdb::Logger::Logv;
    void Logv(const char*, va_list) override {}

   protected:
    rocksdb::Status CloseImpl() override { return rocksdb::Status::OK(); }
  };

  struct Lock : rocksdb::FileLock {
    explicit Lock(std::unique_ptr<File> lock) : held(std::move(lock)) {}
    std::unique_ptr<File> held;
  };

  static Status error(const Error& error) {
    switch (error.kind) {
      case ErrorKind::kInvalid:
        return Status::PathNotFound(error.message);
      case ErrorKind::kExhausted:
        return Status::NoSpace(error.message);
      default:
        return Status::IOError(error.message);
    }
  }
  static Status status_of(const Result<void>& result) {
    return result ? Status::OK() : error(result.error());
  }
  static Status read(const File& file, std::uint64_t position, std::size_t count,
                     rocksdb::Slice* result, char* scratch) {
    const auto got = file.read_at(position, std::as_writable_bytes(std::span(scratch, count)));
    *result = rocksdb::Slice(scratch, got.value());
    return Status::OK();
  }
  /// RocksDB writes "state/" and "state" for the same directory.
  static std::string trim(std::string path) {
    while (path.size() > 1 && path.back() == '/') {
      path.pop_back();
    }
    return path;
  }

  template <typename Made, typename As>
  Status open(const std::string& path, OpenMode mode, std::unique_ptr<As>* result) {
    auto file = storage_.open(path, mode);
    if (!file) {
      return error(file.error());
    }
    *result = std::make_unique<Made>(std::move(*file));
    return Status::OK();
  }

  CrashStorage& storage_;
};

}  // namespace hapax
