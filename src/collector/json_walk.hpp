#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace hapax {

/// `text` without JSON's white space around it.
std::string_view trim_json_space(std::string_view text);

/// Walks over a simdjson document and checks everything that On-Demand leaves unchecked until it is
/// read: keys, escapes, numbers, literals, nesting. Strings, numbers and literals stay unconsumed,
/// so that they can be read after the walk. Every function that returns false, or nothing, has set
/// fault(). Threading: one owner. Lifetime: the document must outlive the walk.
class JsonWalk {
 public:
  enum class Fault {
    kNone,
    kInvalid,
    kReplaceable,  ///< Well-formed but for escapes that repair_json() replaces.
  };

  /// Of the stack: deeper documents are refused as a whole.
  static constexpr std::uint32_t kNestingMax = 500;

  explicit JsonWalk(simdjson::ondemand::document& document) : document_(&document) {}

  /// Checks `value` and all that is in it, `depth` levels below the document or event it belongs
  /// to.
  bool check(simdjson::ondemand::value& value, std::uint32_t depth);

  /// The key with its escapes resolved. Valid as long as the document.
  std::optional<std::string_view> key(simdjson::ondemand::field& field);

  /// The bytes from a value's token() to its end, right after check() or an iteration of it.
  std::string_view text_from(std::string_view token) const;

  /// Deepest level seen since start_depth().
  std::uint32_t deepest() const { return deepest_; }
  void start_depth() { deepest_ = 1; }

  Fault fault() const { return fault_; }
  bool fail(Fault fault = Fault::kInvalid);

  /// A value from its first byte up to the next value, brace, bracket, comma or colon.
  static std::string_view token(simdjson::ondemand::value& value) { return value.raw_json_token(); }

 private:
  bool check_object(simdjson::ondemand::value& value, std::uint32_t depth);
  bool check_array(simdjson::ondemand::value& value, std::uint32_t depth);
  bool check_string(std::string_view token);
  bool check_inside(std::string_view inside);
  bool enter(std::uint32_t depth);

  simdjson::ondemand::document* document_;
  std::uint32_t deepest_ = 1;
  Fault fault_ = Fault::kNone;
};

}  // namespace hapax
