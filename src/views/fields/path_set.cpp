// SPDX-License-Identifier: Apache-2.0
#include "views/fields/path_set.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "views/fields/json_number.hpp"

namespace hapax {
namespace {

std::size_t root_of(FieldKind kind) {
  return static_cast<std::size_t>(kind) - static_cast<std::size_t>(FieldKind::kProperties);
}

bool is_space(char letter) {
  return letter == ' ' || letter == '\n' || letter == '\r' || letter == '\t';
}

}  // namespace

/// Walks over the tokens of objects that were checked when they came. What does not fit all the
/// same ends the walk: NUL, which no token begins with, stands behind the last one.
class PathWalk {
 public:
  explicit PathWalk(FieldValues& values)
      : values_(values),
        json_(values.json_.data()),
        at_(values.index_.tokens().data()),
        free_(values.texts_.data()),
        has_escapes_(values.json_.find('\\') != std::string::npos) {}

  /// Passes the object ahead. False: damaged.
  bool object(const PathSet::Node& node) {
    if (ahead() != '{') {
      return pass_value();
    }
    ++at_;
    if (accept('}')) {
      return true;
    }
    do {
      if (ahead() != '"' || json_[at_[1]] != ':') {
        return false;
      }
      const PathSet::Node* child = find(node, text());
      at_ += 2;
      if (!(child == nullptr ? pass_value() : value(*child))) {
        return false;
      }
    } while (accept(','));
    return accept('}');
  }

 private:
  char ahead() const { return json_[*at_]; }
  bool accept(char wanted) {
    const bool there = ahead() == wanted;
    at_ += there ? 1 : 0;
    return there;
  }

  /// The token ahead, without white space behind it.
  std::string_view token() const {
    const char* start = json_ + at_[0];
    const char* end = json_ + at_[1];
    while (end > start && is_space(end[-1])) {
      --end;
    }
    return {start, static_cast<std::size_t>(end - start)};
  }

  /// What the string ahead says.
  std::string_view text() {
    const std::string_view quoted = token();
    const std::string_view inside = quoted.substr(1, std::max<std::size_t>(quoted.size(), 2) - 2);
    if (!has_escapes_ || inside.find('\\') == std::string_view::npos) {
      return inside;
    }
    const std::size_t bytes = values_.index_.unescape_to(inside, free_);
    const std::string_view said(free_, bytes);
    free_ += bytes;
    return said;
  }

  static const PathSet::Node* find(const PathSet::Node& node, std::string_view key) {
    for (const PathSet::Node& child : node.children) {
      if (child.name == key) {
        return &child;
      }
    }
    return nullptr;
  }

  /// Passes the value ahead.
  bool pass_value() {
    int depth = 0;
    do {
      const char first = ahead();
      depth += first == '{' || first == '[' ? 1 : 0;
      depth -= first == '}' || first == ']' ? 1 : 0;
      if (first == '\0' || depth < 0) {
        return false;
      }
      ++at_;
    } while (depth > 0);
    return true;
  }

  bool value(const PathSet::Node& node) {
    forget(node);
    const char first = ahead();
    if (first == '{' || first == '[') {
      if (node.slot) {
        values_.flags_[*node.slot] = kFieldNested;
      }
      return node.children.empty() ? pass_value() : object(node);
    }
    if (node.slot) {
      set(*node.slot, first);
    }
    return pass_value();
  }

  void set(std::uint32_t slot, char first) {
    Value& value = values_.values_[slot];
    if (first == '"') {
      value = text();
    } else if (first == 't' || first == 'f') {
      value = first == 't';
    } else if (first != 'n') {
      const JsonNumber number = read_json_number(token());
      value = number.value ? Value(*number.value) : Value();
      values_.flags_[slot] = static_cast<std::uint8_t>((number.is_rounded ? kFieldRounded : 0) |
                                                       (number.is_too_large ? kFieldTooLarge : 0));
    }
  }

  /// Of an object that is there twice, nothing of the first one counts.
  void forget(const PathSet::Node& node) {
    if (node.slot) {
      values_.values_[*node.slot] = Value();
      values_.flags_[*node.slot] = 0;
    }
    for (const PathSet::Node& child : node.children) {
      forget(child);
    }
  }

  FieldValues& values_;
  const char* json_;
  const std::uint32_t* at_;
  char* free_;  // In texts_, which has room for all of the strings.
  bool has_escapes_;
};

FieldRef PathSet::add(const Field& field) {
  FieldRef ref{.kind = field.kind};
  if (!field.is_path()) {
    return ref;
  }
  Node* node = &roots_.at(root_of(field.kind));
  for (const std::string& name : field.path) {
    const auto found = std::find_if(node->children.begin(), node->children.end(),
                                    [&](const Node& child) { return child.name == name; });
    node = found != node->children.end()
               ? &*found
               : &node->children.emplace_back(Node{.name = name, .slot = {}, .children = {}});
  }
  if (!node->slot) {
    node->slot = size_++;
  }
  ref.slot = *node->slot;
  return ref;
}

void PathSet::extract(const EventView& event, FieldValues& values) const {
  values.values_.assign(size_, Value());
  values.flags_.assign(size_, 0);
  const std::array<std::string_view, 3> objects{event.properties, event.context, event.traits};
  const auto is_wanted = [&](std::size_t root) {
    constexpr std::size_t kEmptyObjectBytes = 2;
    return !roots_.at(root).children.empty() && objects.at(root).size() > kEmptyObjectBytes;
  };
  // One index over all of the objects costs less than one of each.
  values.json_.clear();
  for (std::size_t root = 0; root < objects.size(); ++root) {
    if (is_wanted(root)) {
      values.json_ += objects.at(root);
    }
  }
  if (values.json_.empty()) {
    return;
  }
  const std::size_t bytes = values.json_.size();
  values.json_.append(kJsonPaddingBytes, '\0');
  values.texts_.resize(bytes + kJsonPaddingBytes);
  if (!values.index_.build(std::string_view(values.json_).substr(0, bytes))) {
    return;
  }
  PathWalk walk(values);
  for (std::size_t root = 0; root < objects.size(); ++root) {
    if (is_wanted(root) && !walk.object(roots_.at(root))) {
      return;
    }
  }
}

}  // namespace hapax
