#include "envelope/cbor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/text.hpp"
#include "envelope/limits.hpp"

namespace countersign::envelope::cbor {
namespace {

constexpr Reason kRule{"CO-3"};
constexpr std::uint64_t kMaxSigned =
    static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

Error bad(std::string_view what) {
  return {Outcome::kSignatureInvalid, kRule, "CBOR: " + std::string(what)};
}

double from_half(std::uint64_t bits) {
  const auto exponent = static_cast<int>((bits >> 10U) & 0x1FU);
  const auto mantissa = static_cast<double>(bits & 0x3FFU);
  double value = 0;
  if (exponent == 0) {
    value = std::ldexp(mantissa, -24);
  } else if (exponent == 31) {
    value = mantissa == 0 ? std::numeric_limits<double>::infinity()
                          : std::numeric_limits<double>::quiet_NaN();
  } else {
    value = std::ldexp(mantissa + 1024, exponent - 25);
  }
  return (bits & 0x8000U) != 0 ? -value : value;
}

class Parser {
 public:
  Parser(BytesView bytes, Tags tags) : bytes_(bytes), tags_(tags) {}

  Result<Value> parse_all() {
    COUNTERSIGN_TRY(Value value, parse_value(1));
    if (at_ != bytes_.size()) return bad("bytes after the value");
    return value;
  }

 private:
  struct Head {
    unsigned major = 0;
    unsigned info = 0;
    std::uint64_t argument = 0;
  };

  Result<Head> read_head() {
    if (at_ >= bytes_.size()) return bad("unexpected end");
    const std::uint8_t first = bytes_[at_++];
    Head head{.major = unsigned{first} >> 5U, .info = first & 0x1FU, .argument = first & 0x1FU};
    if (head.info < 24) return head;
    if (head.info == 31) return bad("indefinite lengths are not allowed");
    if (head.info > 27) return bad("reserved additional information");
    const std::size_t octets = std::size_t{1} << (head.info - 24);
    if (bytes_.size() - at_ < octets) return bad("unexpected end");
    head.argument = 0;
    for (std::size_t i = 0; i < octets; ++i) head.argument = (head.argument << 8U) | bytes_[at_++];
    return head;
  }

  // Depth is bounded, so recursion is.
  Result<Value> parse_value(std::size_t depth) {
    COUNTERSIGN_TRY(const Head head, read_head());
    Value value;
    value.number = head.argument;
    switch (head.major) {
      case 0:
        value.type = Type::kUnsigned;
        if (head.argument > kMaxSigned) return bad("integer does not fit 64 bits with sign");
        return value;
      case 1:
        value.type = Type::kNegative;
        return value;
      case 2:
      case 3:
        return parse_string(head, value);
      case 4:
        value.type = Type::kArray;
        COUNTERSIGN_CHECK(parse_items(head.argument, depth, value));
        return value;
      case 5:
        value.type = Type::kMap;
        if (head.argument > kMaxValues) return too_many();  // before twice as many overflows
        COUNTERSIGN_CHECK(parse_items(head.argument * 2, depth, value));
        COUNTERSIGN_CHECK(check_keys(value));
        return value;
      case 6:
        value.type = Type::kTag;
        if (tags_ == Tags::kForbidden) return bad("tags are not allowed here");
        COUNTERSIGN_CHECK(parse_items(1, depth, value));
        return value;
      default:
        return parse_simple(head, value);
    }
  }

  Result<Value> parse_string(const Head& head, Value& value) {
    if (head.argument > bytes_.size() - at_) return bad("a string is longer than its input");
    value.type = head.major == 2 ? Type::kBytes : Type::kText;
    value.content = bytes_.subspan(at_, static_cast<std::size_t>(head.argument));
    at_ += value.content.size();
    if (value.type == Type::kText && !is_valid_utf8(value.text()))
      return bad("text that is not UTF-8");
    return std::move(value);
  }

  Result<Value> parse_simple(const Head& head, Value& value) {
    if (head.info == 24 && head.argument < 32) return bad("malformed simple value");
    if (head.info <= 24) return std::move(value);
    value.type = Type::kFloat;
    if (head.info == 25) value.real = from_half(head.argument);
    if (head.info == 26)
      value.real = std::bit_cast<float>(static_cast<std::uint32_t>(head.argument));
    if (head.info == 27) value.real = std::bit_cast<double>(head.argument);
    return std::move(value);
  }

  static Error too_many() { return bad(fmt::format("more than {} values", kMaxValues)); }

  /// `count` comes from outside: nothing is reserved for it, and every element takes at least one
  /// byte of the input.
  Status parse_items(std::uint64_t count, std::size_t depth, Value& value) {
    if (depth > kMaxCborDepth) return bad(fmt::format("nested deeper than {}", kMaxCborDepth));
    if (count > kMaxValues - values_) return too_many();
    if (count > bytes_.size() - at_) return bad("more elements than input");
    values_ += static_cast<std::size_t>(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      COUNTERSIGN_TRY(Value item, parse_value(depth + 1));
      value.items.push_back(std::move(item));
    }
    return ok();
  }

  static bool same_key(const Value& a, const Value& b) {
    if (a.type != b.type) return false;
    if (a.type == Type::kBytes || a.type == Type::kText)
      return std::ranges::equal(a.content, b.content);
    if (a.type == Type::kFloat) return a.real == b.real;
    return a.number == b.number;
  }

  /// Orders keys so that equal ones stand side by side.
  static bool key_less(const Value* a, const Value* b) {
    if (a->type != b->type) return a->type < b->type;
    if (a->type == Type::kBytes || a->type == Type::kText) {
      return std::ranges::lexicographical_compare(a->content, b->content);
    }
    if (a->type == Type::kFloat) return a->real < b->real;
    return a->number < b->number;
  }

  static Status check_keys(const Value& map) {
    std::vector<const Value*> keys;
    for (std::size_t i = 0; i < map.items.size(); i += 2) {
      const Value& key = map.items[i];
      if (key.is(Type::kArray) || key.is(Type::kMap) || key.is(Type::kTag))
        return bad("a map key that is no plain value");
      if (key.is(Type::kFloat) && std::isnan(key.real))
        return bad("a map key that is not a number");
      keys.push_back(&key);
    }
    std::ranges::sort(keys, key_less);
    for (std::size_t i = 1; i < keys.size(); ++i) {
      if (same_key(*keys[i - 1], *keys[i])) return bad("a map key stands twice");
    }
    return ok();
  }

  BytesView bytes_;
  Tags tags_;
  std::size_t at_ = 0;
  std::size_t values_ = 1;  // with the outermost
};

}  // namespace

std::optional<std::int64_t> Value::integer() const noexcept {
  if (number > kMaxSigned) return std::nullopt;
  if (type == Type::kUnsigned) return static_cast<std::int64_t>(number);
  if (type == Type::kNegative) return -1 - static_cast<std::int64_t>(number);
  return std::nullopt;
}

const Value* Value::find(std::string_view key) const noexcept {
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    if (items[i].is(Type::kText) && items[i].text() == key) return &items[i + 1];
  }
  return nullptr;
}

const Value* Value::find(std::int64_t key) const noexcept {
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    if (items[i].integer() == key) return &items[i + 1];
  }
  return nullptr;
}

Result<Value> parse(BytesView bytes, Tags tags) { return Parser(bytes, tags).parse_all(); }

void append_bytes_head(Bytes& out, std::size_t size) {
  constexpr std::uint8_t kByteString = 0x40;
  if (size < 24) {
    out.push_back(static_cast<std::uint8_t>(kByteString | size));
    return;
  }
  unsigned octets = 1;
  std::uint8_t info = 24;
  while (octets < 8 && (std::uint64_t{size} >> (8 * octets)) != 0) {
    octets *= 2;
    ++info;
  }
  out.push_back(static_cast<std::uint8_t>(kByteString | info));
  for (unsigned i = octets; i > 0; --i)
    out.push_back(static_cast<std::uint8_t>((std::uint64_t{size} >> (8 * (i - 1))) & 0xFFU));
}

}  // namespace countersign::envelope::cbor
