// SPDX-License-Identifier: Apache-2.0
#include "json/json_salvage.hpp"

#include <algorithm>

#include "json/json_bounds.hpp"
#include "json/json_repair.hpp"

namespace hapax {
namespace {

class Salvage {
 public:
  Salvage(std::string_view document, const SalvageOptions& options)
      : document_(document), options_(options), bounds_(document) {
    saved_.text.reserve(document.size() + document.size() / 8 + kJsonPaddingBytes);
  }

  SalvagedJson run() {
    saved_.text.assign(1, '{');
    members();
    saved_.text += '}';
    return finish();
  }

  // The document is one piece: its members are saved for what they tell about it.
  SalvagedJson run_whole() {
    SalvagedPiece whole = repair_whole();
    if (whole.fault) {
      saved_.text.assign(1, '{');
      members();
      saved_.text += '}';
      saved_.no_object_at = whole.fault->at;
    }
    saved_.state = document_.starts_with('{') && document_.ends_with('}')
                       ? SalvagedJson::State::kWhole
                       : SalvagedJson::State::kNoObject;
    whole.end = saved_.text.size();
    saved_.pieces = {whole};
    return finish();
  }

 private:
  SalvagedJson finish() {
    saved_.text.append(kJsonPaddingBytes, '\0');
    return std::move(saved_);
  }

  SalvagedPiece repair_whole() {
    const auto value = bounds_.value(0);
    const std::size_t behind = bounds_.skip_space(value.end);
    if (!value.search_from && behind == document_.size()) {
      return repair(0, behind, false);
    }
    return {.original = document_, .fault = JsonFault{.at = behind}};
  }

  bool members() {
    const std::size_t start = bounds_.skip_space(0);
    if (!is_one_of(start, "{")) {
      return give_up(start);
    }
    for (at_ = start + 1;;) {
      at_ = bounds_.skip_commas(at_);
      const std::size_t behind = bounds_.skip_space(at_ + 1);
      if (is_one_of(at_, "}") && behind == document_.size()) {
        return true;
      }
      // An array that is still to come is reached, whatever is before it.
      if (at_ == document_.size() || (is_one_of(at_, "}") && !awaits_array())) {
        return give_up(std::min(behind, document_.size()));
      }
      if (!member()) {
        return false;
      }
    }
  }

  bool member() {
    const std::size_t begin = at_;
    const auto key = bounds_.token(begin);
    const auto colon = bounds_.token(key.end);
    JsonBounds::Value value{.end = begin, .search_from = begin};
    if (key.kind == '"' && colon.kind == ':') {
      const std::size_t inside = bounds_.skip_space(colon.end);
      if (is_array(key, inside)) {
        at_ = inside + 1;
        return elements(begin);
      }
      value = bounds_.value(colon.end);
    }
    const std::size_t next = bounds_.skip_space(value.end);
    if (!value.search_from && is_one_of(next, ",}\"")) {
      at_ = value.end;
      return save_member(begin, value.end);
    }
    // A document that was cut off has no brace of its own at its end.
    const auto end = next == document_.size() ? std::nullopt : find_member_end(begin);
    return end ? set_aside(begin, at_ = *end, next, true) : give_up(next);
  }

  bool is_array(const JsonBounds::Token& key, std::size_t value) const {
    const auto inside = document_.substr(key.begin + 1, key.end - key.begin - 2);
    return !options_.array_key.empty() && inside == options_.array_key && is_one_of(value, "[");
  }

  bool is_one_of(std::size_t at, std::string_view characters) const {
    return at < document_.size() && characters.find(document_[at]) != std::string_view::npos;
  }

  // A damaged member may go on for as long as the array is still to come, else to the end.
  std::optional<std::size_t> find_member_end(std::size_t begin) {
    if (awaits_array()) {
      return find_array_member(begin);
    }
    const std::size_t last = document_.find_last_not_of(" \t\r\n");
    return document_[last] == '}' && last > begin ? std::optional(last) : std::nullopt;
  }

  bool awaits_array() const { return !has_array_ && !options_.array_key.empty(); }

  std::optional<std::size_t> find_array_member(std::size_t from) {
    const std::string key = '"' + std::string(options_.array_key) + '"';
    for (std::size_t at = document_.find(key, from + 1); at != std::string_view::npos;
         at = document_.find(key, at + 1)) {
      const auto colon = bounds_.token(at + key.size());
      if (colon.kind == ':' && is_one_of(bounds_.skip_space(colon.end), "[")) {
        return at;
      }
    }
    return std::nullopt;
  }

  bool elements(std::size_t member_begin) {
    has_array_ = true;
    begin_member();
    saved_.text += document_.substr(member_begin, at_ - member_begin);
    for (bool first = true;; first = false) {
      at_ = bounds_.skip_commas(at_);
      if (at_ == document_.size()) {
        return give_up(at_);
      }
      if (is_one_of(at_, "]")) {
        saved_.text += document_[at_++];
        return true;
      }
      saved_.text += first ? "" : ",";
      if (!element()) {
        return false;
      }
    }
  }

  bool element() {
    const std::size_t begin = at_;
    const auto value = bounds_.value(begin);
    const std::size_t next = bounds_.skip_space(value.end);
    if (!value.search_from && is_one_of(next, ",]{") && !is_key(bounds_.skip_commas(next))) {
      at_ = value.end;
      return save_element(begin, value.end);
    }
    const auto end = bounds_.find_element_end(value.search_from.value_or(value.end));
    return end ? set_aside(begin, at_ = *end, next, false) : give_up(next);
  }

  // Where an element is expected, a key says that the one before has ended too early.
  bool is_key(std::size_t at) {
    return is_one_of(at, "\"") && bounds_.token(bounds_.token(at).end).kind == ':';
  }

  bool save_element(std::size_t begin, std::size_t end) {
    SalvagedPiece piece = repair(begin, end, false);
    if (piece.fault) {
      saved_.text.resize(piece.begin);
      return set_aside(piece);
    }
    return add(piece);
  }

  bool save_member(std::size_t begin, std::size_t end) {
    const std::size_t before = saved_.text.size();
    begin_member();
    SalvagedPiece piece = repair(begin, end, true);
    if (piece.fault) {
      saved_.text.resize(before);
      return set_aside(piece);
    }
    return !piece.has_non_number || add(piece);
  }

  // Appends what is between `begin` and `end` to the text and judges it.
  SalvagedPiece repair(std::size_t begin, std::size_t end, bool is_member) {
    SalvagedPiece piece{.original = document_.substr(begin, end - begin), .is_member = is_member};
    piece.begin = saved_.text.size();
    piece.has_non_number = append_repaired_json(piece.original, saved_.text);
    piece.end = saved_.text.size();
    const auto repaired = std::string_view(saved_.text).substr(piece.begin);
    piece.fault = find_fault(repaired, is_member);
    if (piece.fault) {
      piece.fault->at = offset_before_repair(piece.original, piece.fault->at);
    }
    return piece;
  }

  // A member is judged as the only one of an object.
  std::optional<JsonFault> find_fault(std::string_view json, bool is_member) {
    alone_.assign(is_member ? 1 : 0, '{');
    alone_.append(json).append(is_member ? 1 : 0, '}');
    const std::size_t bytes = alone_.size();
    alone_.append(kJsonPaddingBytes, '\0');
    auto fault = find_json_fault(std::string_view(alone_).substr(0, bytes), index_);
    if (fault && is_member) {
      fault->at -= std::min<std::size_t>(fault->at, 1);
    }
    return fault;
  }

  bool set_aside(std::size_t begin, std::size_t end, std::size_t fault_at, bool is_member) {
    std::string_view original = document_.substr(begin, end - begin);
    original = original.substr(0, original.find_last_not_of(" \t\r\n,") + 1);
    return set_aside({.original = original,
                      .is_member = is_member,
                      // A string without its end is noticed behind the next piece's begin.
                      .fault = JsonFault{.at = std::min(fault_at - begin, original.size())}});
  }

  bool set_aside(SalvagedPiece piece) {
    piece.begin = saved_.text.size();
    saved_.text += piece.is_member ? "" : "0";
    piece.end = saved_.text.size();
    return add(piece);
  }

  bool add(const SalvagedPiece& piece) {
    if (options_.pieces_max == 0) {
      return true;  // Nobody asked for them.
    }
    if (saved_.pieces.size() == options_.pieces_max) {
      saved_.state = SalvagedJson::State::kTooMany;
      return false;
    }
    saved_.pieces.push_back(piece);
    return true;
  }

  void begin_member() { saved_.text += saved_.text.size() > 1 ? "," : ""; }

  bool give_up(std::size_t at) {
    saved_.state = SalvagedJson::State::kNoObject;
    saved_.no_object_at = at;
    return false;
  }

  std::string_view document_;
  const SalvageOptions options_;
  JsonBounds bounds_;
  JsonIndex index_;
  std::string alone_;
  SalvagedJson saved_;
  std::size_t at_ = 0;
  bool has_array_ = false;
};

}  // namespace

SalvagedJson salvage_json(std::string_view document, const SalvageOptions& options) {
  return Salvage(document, options).run();
}

SalvagedJson salvage_json_object(std::string_view document) {
  return Salvage(document, {}).run_whole();
}

}  // namespace hapax
