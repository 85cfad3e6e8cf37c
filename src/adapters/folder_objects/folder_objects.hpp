// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "ports/object_store.hpp"
#include "ports/random.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// Objects as files of one folder, for tests and for a state that does not leave its machine. Any
/// number of processes may use the folder; it must be on a local disk, since file systems over a
/// network may answer a link twice.
///
/// The file of an object has its name, with '+' for '/'. Bytes are written under another name,
/// which begins with '%', and synced; then the file gets its name at once, by a link if nothing
/// must have it yet. What an answer says is durable, also if another client did it a moment ago.
/// Calls are done one by one in poll(), which waits for the disk.
///
/// Threading: as the port says. Lifetime: `storage` and `random` must outlive it.
class FolderObjects : public PolledObjectStore {
 public:
  /// Makes the folder and removes what a crash left unfinished. What another process is writing is
  /// removed as well: its call fails with kUnavailable, and may be repeated.
  static Result<std::unique_ptr<FolderObjects>> open(std::string folder, Storage& storage,
                                                     Random& random);

  void put(const std::string& name, std::string bytes, Done done) override;
  void create(const std::string& name, std::string bytes, Created done) override;
  void get(const std::string& name, Got done) override;
  void list(const std::string& prefix, Listed done) override;
  void remove(const std::string& name, Done done) override;

  void poll(std::chrono::milliseconds wait_max) override;

 private:
  FolderObjects(std::string folder, Storage& storage, Random& random)
      : folder_(std::move(folder)), storage_(storage), random_(random) {}

  std::string path_of(const std::string& file) const { return folder_ + "/" + file; }
  Result<std::string> write(const std::string& bytes);
  Result<void> put_now(const std::string& name, const std::string& bytes);
  Result<bool> create_now(const std::string& name, const std::string& bytes);
  Result<std::optional<std::string>> get_now(const std::string& name);
  Result<std::vector<std::string>> list_now(const std::string& prefix);
  Result<void> remove_now(const std::string& name);

  const std::string folder_;
  Storage& storage_;
  Random& random_;
  std::deque<std::function<void()>> calls_;
};

}  // namespace hapax
