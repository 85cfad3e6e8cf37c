// SPDX-License-Identifier: Apache-2.0
#include "adapters/rocksdb/database_files.hpp"

#include <algorithm>
#include <memory>

#include "adapters/rocksdb/rocksdb_errors.hpp"

namespace hapax {
namespace {

constexpr const char* kCurrent = "CURRENT";
constexpr std::size_t kCopyBytes = 1U << 20U;

std::string path_in(const std::string& directory, std::string_view name) {
  return std::string(directory).append("/").append(name);
}

Result<void> sync_directory(const std::string& path, rocksdb::Env& env) {
  std::unique_ptr<rocksdb::Directory> directory;
  HAPAX_TRY(check_rocksdb(env.NewDirectory(path, &directory), "sync"));
  return check_rocksdb(directory->Fsync(), "sync");
}

std::string parent_of(const std::string& path) {
  const std::size_t end = path.rfind('/');
  return end == path.npos ? "." : path.substr(0, end);
}

/// Calls `take` with the first `size` bytes of the file at `from`, piece by piece.
template <typename Take>
Result<void> read_pieces(const std::string& from, std::uint64_t size, rocksdb::Env& env,
                         const Take& take) {
  std::unique_ptr<rocksdb::SequentialFile> source;
  HAPAX_TRY(check_rocksdb(env.NewSequentialFile(from, &source, rocksdb::EnvOptions()), "read"));
  std::string buffer(kCopyBytes, '\0');
  while (size > 0) {
    rocksdb::Slice read;
    HAPAX_TRY(check_rocksdb(
        source->Read(std::min<std::uint64_t>(size, buffer.size()), &read, buffer.data()), "read"));
    if (read.empty()) {
      return Error{ErrorKind::kCorrupt, "the state store's file " + from + " ends too early"};
    }
    HAPAX_TRY(take(read));
    size -= read.size();
  }
  return {};
}

Result<std::string> read_file(const std::string& from, std::uint64_t size, rocksdb::Env& env) {
  std::string bytes;
  bytes.reserve(size);
  HAPAX_TRY(read_pieces(from, size, env, [&](const rocksdb::Slice& piece) -> Result<void> {
    bytes.append(piece.data(), piece.size());
    return {};
  }));
  return bytes;
}

Result<void> copy(const DatabaseFile& file, const std::string& to, rocksdb::Env& env) {
  std::unique_ptr<rocksdb::WritableFile> target;
  HAPAX_TRY(check_rocksdb(env.NewWritableFile(to, &target, rocksdb::EnvOptions()), "copy"));
  if (file.content.empty()) {
    HAPAX_TRY(read_pieces(file.path, file.size, env, [&](const rocksdb::Slice& piece) {
      return check_rocksdb(target->Append(piece), "copy");
    }));
  } else {
    HAPAX_TRY(check_rocksdb(target->Append(file.content), "copy"));
  }
  HAPAX_TRY(check_rocksdb(target->Sync(), "sync"));
  return check_rocksdb(target->Close(), "copy");
}

Result<void> place(const DatabaseFile& file, const std::string& to, rocksdb::Env& env) {
  if (file.immutable && env.LinkFile(file.path, to).ok()) {
    return {};
  }
  return copy(file, to, env);
}

bool is_table(const std::string& name) {
  return name.ends_with(".sst");
}

/// Others are for those who look at it.
bool opens_database(const std::string& name) {
  return name == kCurrent || is_table(name) || name.starts_with("MANIFEST-");
}

bool belongs_to_database(const std::string& name) {
  return opens_database(name) || name.starts_with("OPTIONS-") || name == "IDENTITY";
}

}  // namespace

Result<std::vector<DatabaseFile>> files_of(rocksdb::DB& db) {
  rocksdb::LiveFilesStorageInfoOptions options;
  options.wal_size_for_flush = UINT64_MAX;  // There is nothing to flush.
  std::vector<rocksdb::LiveFileStorageInfo> infos;
  HAPAX_TRY(check_rocksdb(db.GetLiveFilesStorageInfo(options, &infos), "list"));
  std::vector<DatabaseFile> files;
  for (rocksdb::LiveFileStorageInfo& info : infos) {
    if (belongs_to_database(info.relative_filename)) {  // No log: nothing is ever written to one.
      files.push_back({.name = info.relative_filename,
                       .path = path_in(info.directory, info.relative_filename),
                       .size = info.size,
                       .content = std::move(info.replacement_contents),
                       .immutable = is_table(info.relative_filename)});
    }
  }
  return files;
}

Result<std::vector<StateFile>> bytes_of(rocksdb::DB& db, const PortableStore::IsKnown& is_known,
                                        rocksdb::Env& env) {
  HAPAX_ASSIGN(std::vector<DatabaseFile> files, files_of(db));
  std::vector<StateFile> read;
  for (DatabaseFile& file : files) {
    if (!opens_database(file.name)) {
      continue;
    }
    StateFile& copy = read.emplace_back();
    copy = {.name = file.name, .immutable = file.immutable, .bytes = std::move(file.content)};
    if (copy.bytes.empty() && !(file.immutable && is_known(file.name))) {
      HAPAX_ASSIGN(copy.bytes, read_file(file.path, file.size, env));
    }
  }
  return read;
}

Result<std::vector<DatabaseFile>> files_in(const std::string& directory, rocksdb::Env& env) {
  std::vector<std::string> names;
  HAPAX_TRY(check_rocksdb(env.GetChildren(directory, &names), "list"));
  std::vector<DatabaseFile> files;
  for (const std::string& name : names) {
    if (!belongs_to_database(name)) {
      continue;
    }
    DatabaseFile file{.name = name,
                      .path = path_in(directory, name),
                      .size = 0,
                      .content = {},
                      .immutable = is_table(name)};
    HAPAX_TRY(check_rocksdb(env.GetFileSize(file.path, &file.size), "list"));
    files.push_back(std::move(file));
  }
  return files;
}

bool holds_database(const std::string& directory, rocksdb::Env& env) {
  return env.FileExists(path_in(directory, kCurrent)).ok();
}

Result<void> make_directory(const std::string& path, rocksdb::Env& env) {
  HAPAX_TRY(check_rocksdb(env.CreateDirIfMissing(path), "create"));
  return sync_directory(parent_of(path), env);
}

Result<void> place_database(const std::vector<DatabaseFile>& files, const std::string& directory,
                            rocksdb::Env& env) {
  HAPAX_TRY(make_directory(directory, env));
  const std::string current = path_in(directory, kCurrent);
  const std::string unfinished = current + ".new";
  for (const DatabaseFile& file : files) {
    HAPAX_TRY(place(file, file.name == kCurrent ? unfinished : path_in(directory, file.name), env));
  }
  HAPAX_TRY(sync_directory(directory, env));
  HAPAX_TRY(check_rocksdb(env.RenameFile(unfinished, current), "rename"));
  return sync_directory(directory, env);
}

Result<void> remove_database(const std::string& directory, rocksdb::Env& env) {
  if (holds_database(directory, env)) {
    HAPAX_TRY(check_rocksdb(env.DeleteFile(path_in(directory, kCurrent)), "clean"));
    HAPAX_TRY(sync_directory(directory, env));
  }
  std::vector<std::string> names;
  HAPAX_TRY(check_rocksdb(env.GetChildren(directory, &names), "list"));
  for (const std::string& name : names) {
    bool is_directory = false;
    const std::string path = path_in(directory, name);
    HAPAX_TRY(check_rocksdb(env.IsDirectory(path, &is_directory), "list"));
    if (!is_directory) {
      HAPAX_TRY(check_rocksdb(env.DeleteFile(path), "clean"));
    }
  }
  return {};
}

}  // namespace hapax
