#pragma once
/// A strict reader of CBOR (RFC 8949), as far as COSE envelopes need it: definite lengths only, no
/// duplicate keys, valid UTF-8, bounded depth and number of values (limits.hpp; keys count too). It
/// allocates by what is there, never by what a length announces, and keeps views of the raw bytes,
/// which signatures are over.
///
/// Source: notary-verification CO-3, CO-30 to CO-34. Not required, as the reference does not:
/// shortest lengths and integers, sorted keys. Left to the caller: which types stand where.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace countersign::envelope::cbor {

enum class Type : std::uint8_t {
  kUnsigned,
  kNegative,
  kBytes,
  kText,
  kArray,
  kMap,
  kTag,
  kFloat,
  kSimple
};
/// Values of `number` for kSimple.
inline constexpr std::uint64_t kFalse = 20;
inline constexpr std::uint64_t kTrue = 21;
inline constexpr std::uint64_t kNull = 22;
inline constexpr std::uint64_t kUndefined = 23;

struct Value {
  Type type = Type::kSimple;
  std::uint64_t number =
      kUndefined;     ///< kUnsigned: the value; kNegative: n of -1-n; kTag: the tag; kSimple: which
  double real = 0;    ///< kFloat
  BytesView content;  ///< kBytes, kText: without the head
  std::vector<Value> items;  ///< kArray; kMap: key, value, key, value, …; kTag: the one value

  [[nodiscard]] bool is(Type wanted) const noexcept { return type == wanted; }
  [[nodiscard]] bool is_null() const noexcept { return type == Type::kSimple && number == kNull; }
  [[nodiscard]] std::string_view text() const noexcept { return as_text(content); }
  /// An integer that fits 64 bits with sign; nothing for any other value.
  [[nodiscard]] std::optional<std::int64_t> integer() const noexcept;
  /// The value of a text key of a map; null if there is none.
  [[nodiscard]] const Value* find(std::string_view key) const noexcept;
  /// The value of an integer key.
  [[nodiscard]] const Value* find(std::int64_t key) const noexcept;
};

enum class Tags : std::uint8_t { kForbidden, kAllowed };

/// The one value that makes up all of `bytes`; views lead into `bytes`.
/// Errors: `kSignatureInvalid`, reason CO-3.
Result<Value> parse(BytesView bytes, Tags tags);

/// Appends the shortest head of a byte string of `size` bytes.
void append_bytes_head(Bytes& out, std::size_t size);

}  // namespace countersign::envelope::cbor
