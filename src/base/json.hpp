#pragma once
/// The one door for JSON from outside: bounded in size, depth and number of values, duplicate
/// member names refused, UTF-8 checked, nothing before or after the value, integers kept exact.
/// (nlohmann alone keeps the last duplicate, skips a byte-order mark and takes a NUL character for
/// the end; signed bytes must not be read in two ways.)
///
/// Readers below give errors with the place: `trustPolicies[2].name: want a string`.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace countersign {

using Json = nlohmann::json;

struct JsonLimits {
  std::size_t max_bytes = std::size_t{4} * 1024 * 1024;
  std::size_t max_depth = 64;
  /// Objects, arrays and what they hold: `[{},{}]` costs some thirty times its size in memory.
  std::size_t max_values = std::size_t{256} * 1024;
};

/// Errors: the given outcome and reason; the message has line:column where the syntax is broken.
Result<Json> parse_json(std::string_view text, const JsonLimits& limits, Outcome outcome,
                        Reason reason);

/// Reads members of one object and says where it stands. Keeps references: the Json must outlive
/// it.
class JsonReader {
 public:
  /// `path` names the object in messages ("" for the document itself).
  JsonReader(const Json& object, std::string path, Outcome outcome, Reason reason);

  /// Errors unless the value is an object.
  [[nodiscard]] Status check_object() const;
  /// Null and absent are the same.
  [[nodiscard]] const Json* find(std::string_view name) const;
  Result<std::string> required_string(std::string_view name) const;
  Result<std::optional<std::string>> optional_string(std::string_view name) const;
  /// A non-negative integer literal, at most 2^53.
  Result<std::uint64_t> required_size(std::string_view name) const;
  /// Null if absent; errors if present and not an array / object.
  Result<const Json*> optional_array(std::string_view name) const;
  Result<const Json*> optional_object(std::string_view name) const;
  /// Errors if a member differs from one of `names` only in case: two parsers could disagree about
  /// it.
  template <class Names>
  Status refuse_case_variants(const Names& names) const {
    for (const std::string_view name : names) COUNTERSIGN_CHECK(refuse_case_variant(name));
    return ok();
  }

  [[nodiscard]] Error error(std::string_view name, std::string_view what) const;
  [[nodiscard]] std::string path_of(std::string_view name) const;

 private:
  Status refuse_case_variant(std::string_view name) const;

  const Json* object_;
  std::string path_;
  Outcome outcome_;
  Reason reason_;
};

}  // namespace countersign
