// SPDX-License-Identifier: Apache-2.0
#include "documents/document_store.hpp"

#include <fmt/format.h>

#include <utility>

#include "files/whole_file.hpp"

namespace hapax {
namespace {

constexpr std::string_view kEnding = ".json";
/// Of a file, beside its text.
constexpr std::size_t kFirstLineBytesMax = 256;

std::string file_of(const std::string& id) {
  return id + std::string(kEnding);
}

/// Empty when it is no document's.
std::string id_of(std::string_view name) {
  const bool is_document =
      name.ends_with(kEnding) && is_document_id(name.substr(0, name.size() - kEnding.size()));
  return is_document ? std::string(name.substr(0, name.size() - kEnding.size())) : std::string();
}

bool is_expected(const ExpectedDocument& expected, const Document* there) {
  if (expected.absent && there != nullptr) {
    return false;
  }
  if (!expected.revision) {
    return true;
  }
  return there != nullptr && (*expected.revision == "*" || *expected.revision == there->revision);
}

}  // namespace

DocumentStore::DocumentStore(Settings settings, Storage& storage, Random& random)
    : settings_(std::move(settings)),
      storage_(storage),
      random_(random),
      current_(std::make_shared<const Documents>()) {}

Result<std::unique_ptr<DocumentStore>> DocumentStore::open(Settings settings, Storage& storage,
                                                           Random& random) {
  std::unique_ptr<DocumentStore> store(new DocumentStore(std::move(settings), storage, random));
  HAPAX_TRY(store->read_all());
  return store;
}

Result<void> DocumentStore::read_all() {
  HAPAX_TRY(storage_.create_directories(settings_.directory));
  HAPAX_ASSIGN(const std::vector<std::string> names, storage_.list(settings_.directory));
  Documents documents;
  for (const Document& document : settings_.made) {
    documents[document.id] = made(document.id);
  }
  for (const std::string& name : names) {
    if (name.ends_with(kUnfinishedEnding)) {
      HAPAX_TRY(storage_.unlink(settings_.directory + "/" + name));
    } else if (const std::string id = id_of(name); !id.empty()) {
      documents[id] = read(id);
    }
  }
  const MutexLock lock(mutex_);
  current_ = std::make_shared<const Documents>(std::move(documents));
  return {};
}

std::shared_ptr<const Document> DocumentStore::read(const std::string& id) const {
  const std::string path = settings_.directory + "/" + file_of(id);
  auto document =
      read_whole_file(storage_, path, settings_.bytes_max + kFirstLineBytesMax)
          .and_then([&](const std::string& file) { return decode_document(settings_.kind, file); });
  if (!document) {
    return std::make_shared<const Document>(
        Document{.id = id,
                 .revision = "damaged",
                 .text = {},
                 .damage = fmt::format("cannot read {}: {}", path, document.error().text())});
  }
  document->id = id;
  return std::make_shared<const Document>(std::move(*document));
}

std::shared_ptr<const Document> DocumentStore::made(const std::string& id) const {
  for (const Document& document : settings_.made) {
    if (document.id == id) {
      Document made = document;
      made.origin = DocumentOrigin::kMade;
      return std::make_shared<const Document>(std::move(made));
    }
  }
  return nullptr;
}

std::shared_ptr<const DocumentStore::Documents> DocumentStore::current() const {
  const MutexLock lock(mutex_);
  return current_;
}

std::shared_ptr<const Document> DocumentStore::find(std::string_view id) const {
  const auto documents = current();
  const auto found = documents->find(id);
  return found == documents->end() ? nullptr : found->second;
}

Result<DocumentStore::Changed> DocumentStore::put(const std::string& id, std::string text,
                                                  const ExpectedDocument& expected) {
  const MutexLock lock(change_mutex_);
  const auto there = find(id);
  if (!is_expected(expected, there.get())) {
    return Changed{DocumentChange::kChangedMeanwhile, there};
  }
  if (there != nullptr && there->damage.empty() && there->text == text && !is_doubtful(id)) {
    return Changed{DocumentChange::kSame, there};
  }
  if (there == nullptr && current()->size() >= settings_.documents_max) {
    return Changed{DocumentChange::kTooMany, nullptr};
  }
  return write(id, std::move(text),
               there == nullptr ? DocumentChange::kAdded : DocumentChange::kChanged);
}

Result<DocumentStore::Changed> DocumentStore::write(std::string id, std::string text,
                                                    DocumentChange change) {
  Document document{.id = std::move(id),
                    .revision = fmt::format("{:016x}", random_.next()),
                    .text = std::move(text)};
  doubtful_.insert(document.id);
  HAPAX_TRY(write_whole_file(storage_, settings_.directory, file_of(document.id),
                             encode_document(settings_.kind, document)));
  doubtful_.erase(document.id);
  auto now = std::make_shared<const Document>(std::move(document));
  show(now->id, now);
  return Changed{change, now};
}

Result<DocumentStore::Changed> DocumentStore::remove(const std::string& id,
                                                     const ExpectedDocument& expected) {
  const MutexLock lock(change_mutex_);
  const auto there = find(id);
  if (there == nullptr && !is_doubtful(id)) {
    return Changed{DocumentChange::kUnknown, nullptr};
  }
  if (!is_expected(expected, there.get())) {
    return Changed{DocumentChange::kChangedMeanwhile, there};
  }
  if (there != nullptr && there->origin == DocumentOrigin::kMade && !is_doubtful(id)) {
    return Changed{DocumentChange::kMade, there};
  }
  doubtful_.insert(id);
  HAPAX_TRY(remove_file(storage_, settings_.directory, file_of(id)));
  doubtful_.erase(id);
  show(id, made(id));
  return Changed{DocumentChange::kRemoved, made(id)};
}

bool DocumentStore::is_doubtful(const std::string& id) const {
  return doubtful_.contains(id);
}

/// Null: nothing is there any more.
void DocumentStore::show(const std::string& id, std::shared_ptr<const Document> document) {
  auto next = std::make_shared<Documents>(*current());
  if (document != nullptr) {
    (*next)[id] = std::move(document);
  } else {
    next->erase(id);
  }
  const MutexLock lock(mutex_);
  current_ = std::move(next);
}

}  // namespace hapax
