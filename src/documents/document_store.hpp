// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/mutex.hpp"
#include "documents/document.hpp"
#include "ports/random.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// What became of a change.
enum class DocumentChange : std::uint8_t {
  kAdded,
  kChanged,
  kSame,              ///< It says what was there: nothing was written.
  kRemoved,           ///< What is made under that name, if anything, is there again.
  kChangedMeanwhile,  ///< Not made: what is there is not what was expected.
  kUnknown,           ///< Not made: there is none of that name to remove.
  kMade,              ///< Not made: what comes with the program cannot be removed.
  kTooMany,           ///< Not made: there are documents_max.
};

/// Texts that users keep on the server, each in a file of its own, whole and durable under its
/// name: <directory>/<id>.json (docs/formats/documents.md). Some may come with the program: one is
/// there as long as no user's has its name.
/// A file that cannot be read costs its document and no other: it is there with the reason, and is
/// written anew or removed.
/// Threading: all calls may run at the same time; changes wait for the disk and for each other,
/// readers do not. Lifetime: storage and random must outlive it.
class DocumentStore {
 public:
  using Documents = std::map<std::string, std::shared_ptr<const Document>, std::less<>>;
  struct Settings {
    std::string directory;
    std::string kind;           ///< In the first line of each file: "board".
    std::size_t documents_max;  ///< Those that are made included.
    std::size_t bytes_max;      ///< Of a text.
    std::vector<Document> made = {};
  };
  struct Changed {
    DocumentChange change;
    std::shared_ptr<const Document> now;  ///< Null: there is none of that name now.
  };

  /// Makes the directory, reads what is there, removes what a crash left half written. Errors:
  /// those of the disk.
  static Result<std::unique_ptr<DocumentStore>> open(Settings settings, Storage& storage,
                                                     Random& random);

  /// All that are there, by id.
  std::shared_ptr<const Documents> current() const;
  /// Null: there is none.
  std::shared_ptr<const Document> find(std::string_view id) const;

  /// Puts `text` (not more than bytes_max) in the place of what is there, if it is what is
  /// expected. Durable when it returns. `id` is_document_id(). Errors: those of the disk; readers
  /// see what they saw before, and after a failed sync the next start shows the one or the other.
  Result<Changed> put(const std::string& id, std::string text, const ExpectedDocument& expected);
  /// Likewise.
  Result<Changed> remove(const std::string& id, const ExpectedDocument& expected);

 private:
  DocumentStore(Settings settings, Storage& storage, Random& random);

  Result<void> read_all();
  std::shared_ptr<const Document> read(const std::string& id) const;
  Result<Changed> write(std::string id, std::string text, DocumentChange change)
      HAPAX_REQUIRES(change_mutex_);
  bool is_doubtful(const std::string& id) const HAPAX_REQUIRES(change_mutex_);
  void show(const std::string& id, std::shared_ptr<const Document> document);
  std::shared_ptr<const Document> made(const std::string& id) const;

  const Settings settings_;
  Storage& storage_;
  Random& random_;
  Mutex change_mutex_;  ///< Held while the disk is written.
  /// Of these the disk may hold something else than what is shown, as a write failed.
  std::set<std::string, std::less<>> doubtful_ HAPAX_GUARDED_BY(change_mutex_);
  mutable Mutex mutex_;
  std::shared_ptr<const Documents> current_ HAPAX_GUARDED_BY(mutex_);
};

}  // namespace hapax
