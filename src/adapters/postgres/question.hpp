// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <libpq-fe.h>

namespace hapax::postgres {

/// An array of bytea, as a parameter.
class ByteaArray {
 public:
  ByteaArray();

  void add(std::string_view bytes);
  std::uint32_t size() const { return size_; }
  std::size_t bytes() const { return bytes_.size(); }
  /// In the form that PostgreSQL sends and takes.
  std::string take() &&;

 private:
  std::uint32_t size_ = 0;
  std::string bytes_;
};

/// A statement with its parameters, all of them in binary form. What type each has its text says,
/// such as $1::int4.
class Question {
 public:
  /// `text` must outlive it, and what is made of it.
  explicit Question(const std::string& text) : text_(&text) {}

  Question&& int4(std::uint32_t value) &&;
  Question&& int8(std::uint64_t value) &&;
  /// Of bytea and of text.
  Question&& bytes(std::string_view value) &&;
  Question&& array(ByteaArray value) &&;

  const std::string& text() const { return *text_; }
  const std::vector<std::string>& parameters() const { return parameters_; }
  /// By PQsendQueryParams(), the answer in binary form. 0: the connection says why not.
  int send(PGconn& connection) const;
  /// The same with a statement that was prepared.
  int send_prepared(PGconn& connection, const std::string& name) const;

 private:
  struct Pointers {
    std::vector<const char*> values;
    std::vector<int> lengths;
    std::vector<int> formats;
  };
  Pointers pointers() const;

  const std::string* text_;
  std::vector<std::string> parameters_;
};

/// A field of a binary answer; until it is cleared.
std::string_view bytes_in(const PGresult& answer, int row, int field);
std::uint32_t int4_in(const PGresult& answer, int row, int field);
std::uint64_t int8_in(const PGresult& answer, int row, int field);

}  // namespace hapax::postgres
