// SPDX-License-Identifier: Apache-2.0
#include "adapters/folder_objects/folder_objects.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "files/whole_file.hpp"
#include "ports/object_name.hpp"

namespace hapax {
namespace {

/// What the name of no object begins with.
constexpr char kUnfinished = '%';

/// No '/', which separates folders, and no "..", which is one: the name of an object has neither
/// between two '/', and "..." is a file like any other.
std::string file_of(std::string name) {
  std::ranges::replace(name, '/', '+');
  return name;
}

std::string name_of(std::string file) {
  std::ranges::replace(file, '+', '/');
  return file;
}

/// Of something that may have been done before it failed.
Error in_doubt(Error error) {
  error.kind = ErrorKind::kUnavailable;
  return error;
}

}  // namespace

Result<std::unique_ptr<FolderObjects>> FolderObjects::open(std::string folder, Storage& storage,
                                                           Random& random) {
  HAPAX_TRY(storage.create_directories(folder));
  HAPAX_ASSIGN(const auto files, storage.list(folder));
  for (const std::string& file : files) {
    if (file.front() == kUnfinished) {
      // It is gone already when its writer was quicker.
      storage.unlink(std::string(folder).append("/").append(file)).permit_unchecked_error();
    }
  }
  return std::unique_ptr<FolderObjects>(new FolderObjects(std::move(folder), storage, random));
}

void FolderObjects::put(const std::string& name, std::string bytes, Done done) {
  calls_.push_back([this, name, bytes = std::move(bytes), done = std::move(done)] {
    done(check_object_name(name).and_then([&] { return put_now(name, bytes); }));
  });
}

void FolderObjects::create(const std::string& name, std::string bytes, Created done) {
  calls_.push_back([this, name, bytes = std::move(bytes), done = std::move(done)] {
    done(check_object_name(name).and_then([&] { return create_now(name, bytes); }));
  });
}

void FolderObjects::get(const std::string& name, Got done) {
  calls_.push_back([this, name, done = std::move(done)] {
    done(check_object_name(name).and_then([&] { return get_now(name); }));
  });
}

void FolderObjects::list(const std::string& prefix, Listed done) {
  calls_.push_back([this, prefix, done = std::move(done)] {
    done(check_object_prefix(prefix).and_then([&] { return list_now(prefix); }));
  });
}

void FolderObjects::remove(const std::string& name, Done done) {
  calls_.push_back([this, name, done = std::move(done)] {
    done(check_object_name(name).and_then([&] { return remove_now(name); }));
  });
}

/// There is nothing to wait for: what is asked for is done here.
void FolderObjects::poll(std::chrono::milliseconds /*wait_max*/) {
  // Not what callbacks ask for: an owner that asks again and again gets its thread back.
  for (std::size_t left = calls_.size(); left > 0; --left) {
    const auto call = std::move(calls_.front());
    calls_.pop_front();
    call();
  }
}

/// A synced file of these bytes, and its path.
Result<std::string> FolderObjects::write(const std::string& bytes) {
  if (bytes.size() > kObjectBytesMax) {
    return Error{ErrorKind::kInvalid, fmt::format("an object of {} bytes; it may have up to {}",
                                                  bytes.size(), kObjectBytesMax)};
  }
  const std::string path = path_of(fmt::format("{}{:016x}", kUnfinished, random_.next()));
  HAPAX_ASSIGN(const auto file, storage_.open(path, OpenMode::kCreateNew));
  Result<void> written = file->write_at(0, std::as_bytes(std::span(bytes)));
  if (written) {
    written = file->sync();
  }
  if (!written) {
    storage_.unlink(path).permit_unchecked_error();  // The next open() does.
    return std::move(written).error();
  }
  return path;
}

Result<void> FolderObjects::put_now(const std::string& name, const std::string& bytes) {
  HAPAX_ASSIGN(const std::string written, write(bytes));
  if (auto renamed = storage_.rename(written, path_of(file_of(name))); !renamed) {
    storage_.unlink(written).permit_unchecked_error();  // The next open() does.
    return renamed;
  }
  if (auto synced = storage_.sync_directory(folder_); !synced) {
    return in_doubt(std::move(synced).error());
  }
  return {};
}

Result<bool> FolderObjects::create_now(const std::string& name, const std::string& bytes) {
  HAPAX_ASSIGN(const std::string written, write(bytes));
  Result<bool> created = storage_.link(written, path_of(file_of(name)));
  storage_.unlink(written).permit_unchecked_error();  // The next open() does.
  if (!created) {
    return created;
  }
  // Also where there is one: that it is there must not have been said of one that a crash takes.
  if (auto synced = storage_.sync_directory(folder_); !synced) {
    return in_doubt(std::move(synced).error());
  }
  return created;
}

Result<std::optional<std::string>> FolderObjects::get_now(const std::string& name) {
  auto bytes = read_whole_file(storage_, path_of(file_of(name)), kObjectBytesMax);
  if (!bytes && bytes.error().kind != ErrorKind::kInvalid) {
    return std::move(bytes).error();
  }
  HAPAX_TRY(storage_.sync_directory(folder_));
  return bytes ? std::optional(std::move(*bytes)) : std::nullopt;
}

Result<std::vector<std::string>> FolderObjects::list_now(const std::string& prefix) {
  HAPAX_ASSIGN(const auto files, storage_.list(folder_));
  HAPAX_TRY(storage_.sync_directory(folder_));
  std::vector<std::string> names;
  for (const std::string& file : files) {
    if (std::string name = name_of(file); is_object_name(name) && name.starts_with(prefix)) {
      names.push_back(std::move(name));
    }
  }
  std::ranges::sort(names);  // '+' comes before '-', '/' behind it.
  return names;
}

Result<void> FolderObjects::remove_now(const std::string& name) {
  auto removed = remove_file(storage_, folder_, file_of(name));
  if (removed || removed.error().kind == ErrorKind::kUnavailable) {
    return removed;
  }
  return in_doubt(std::move(removed).error());
}

}  // namespace hapax
