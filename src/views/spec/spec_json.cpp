// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "views/spec/spec_node.hpp"

namespace hapax {
namespace {

/// Builds the tree from the parser's calls: the parser's own tree keeps only one of two equal keys.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  SpecNode take() { return std::move(root_); }
  const std::string& why() const { return why_; }

  bool null() override { return put({}); }
  bool boolean(bool value) override { return put_value(value); }
  bool number_integer(number_integer_t value) override {
    return put_value(static_cast<double>(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return put_value(static_cast<double>(value));
  }
  bool number_float(number_float_t value, const string_t& /*text*/) override {
    return put_value(value);
  }
  bool string(string_t& value) override { return put_value(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*size*/) override { return open({SpecTable()}); }
  bool start_array(std::size_t /*size*/) override { return open({SpecList()}); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    auto& table = std::get<SpecTable>(open_.back().value);
    if (find_member(table, name) != nullptr) {
      why_ = fmt::format("the key \"{}\" is there twice", name);
      return false;
    }
    table.push_back({std::move(name), {}});
    return true;
  }

  bool end_object() override { return close(); }

  bool parse_error(std::size_t position, const std::string& token,
                   const nlohmann::detail::exception& error) override {
    constexpr int kNumberOverflow = 406;
    why_ = error.id == kNumberOverflow
               ? fmt::format("the number {} is beyond the doubles (1.8e308)", token)
               : fmt::format("it is no JSON at byte {}", position);
    return false;
  }

 private:
  bool open(SpecNode node) {
    if (open_.size() == kSpecDepthMax) {
      why_ = fmt::format("it is nested more than {} deep", kSpecDepthMax);
      return false;
    }
    open_.push_back(std::move(node));
    return true;
  }

  bool close() {
    SpecNode node = std::move(open_.back());
    open_.pop_back();
    if (auto* table = std::get_if<SpecTable>(&node.value)) {
      std::sort(table->begin(), table->end(), [](const SpecMember& left, const SpecMember& right) {
        return left.key < right.key;
      });
    }
    return put(std::move(node));
  }

  /// Not put({value}), of which g++ 12 warns falsely at -O3.
  template <typename Value>
  bool put_value(Value value) {
    SpecNode node;
    node.value = std::move(value);
    return put(std::move(node));
  }

  bool put(SpecNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (auto* list = std::get_if<SpecList>(&open_.back().value)) {
      list->push_back(std::move(node));
    } else {
      std::get<SpecTable>(open_.back().value).back().value = std::move(node);
    }
    return true;
  }

  std::vector<SpecNode> open_;
  SpecNode root_;
  std::string why_;
};

}  // namespace

Result<SpecNode> read_spec_json(std::string_view text, std::string_view what) {
  Builder builder;
  if (!nlohmann::json::sax_parse(text, &builder)) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("the text cannot be read as {}: {}", what, builder.why())};
  }
  return builder.take();
}

}  // namespace hapax
