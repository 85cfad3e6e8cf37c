// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "documents/document_store.hpp"
#include "testing/crash_storage.hpp"
#include "testing/seeded_random.hpp"

namespace hapax {

/// A store of documents on a disk in memory.
class FakeDocuments {
 public:
  explicit FakeDocuments(std::vector<Document> made = {}) : made_(std::move(made)) { open(); }

  /// As a start does.
  void open() {
    auto opened = DocumentStore::open({.directory = "documents",
                                       .kind = "document",
                                       .documents_max = 64,
                                       .bytes_max = 256U << 10U,
                                       .made = made_},
                                      disk_, random_);
    ASSERT_TRUE(opened) << opened.error().text();
    store_ = std::move(*opened);
  }
  DocumentStore& store() { return *store_; }
  CrashStorage& disk() { return disk_; }

 private:
  const std::vector<Document> made_;
  CrashStorage disk_;
  SeededRandom random_{3};
  std::unique_ptr<DocumentStore> store_;
};

}  // namespace hapax
