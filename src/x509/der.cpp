#include "x509/der.hpp"

#include <string>

namespace countersign::x509::der {
namespace {

constexpr std::uint8_t kHighTagNumber = 0x1F;
constexpr std::uint8_t kLongLength = 0x80;

std::optional<unsigned> two_digits(BytesView text, std::size_t at) {
  if (at + 2 > text.size()) return std::nullopt;
  const auto digit = [&](std::size_t i) { return static_cast<unsigned>(text[i]) - '0'; };
  if (digit(at) > 9 || digit(at + 1) > 9) return std::nullopt;
  return digit(at) * 10 + digit(at + 1);
}

/// UTCTime or GeneralizedTime with seconds and Z, and a fraction that was read elsewhere.
std::optional<Instant> time_of(std::uint8_t tag, BytesView text, std::int32_t nanoseconds) {
  std::size_t at = 0;
  unsigned year = 0;
  if (tag == kUtcTime) {
    if (text.size() != 13) return std::nullopt;
    const auto short_year = two_digits(text, 0);
    if (!short_year) return std::nullopt;
    year = *short_year + (*short_year >= 50 ? 1900 : 2000);
    at = 2;
  } else if (tag == kGeneralizedTime) {
    if (text.size() != 15) return std::nullopt;
    const auto century = two_digits(text, 0);
    const auto rest = two_digits(text, 2);
    if (!century || !rest) return std::nullopt;
    year = *century * 100 + *rest;
    at = 4;
  } else {
    return std::nullopt;
  }
  const auto month = two_digits(text, at);
  const auto day = two_digits(text, at + 2);
  const auto hour = two_digits(text, at + 4);
  const auto minute = two_digits(text, at + 6);
  const auto second = two_digits(text, at + 8);
  if (!month || !day || !hour || !minute || !second || text.back() != 'Z') return std::nullopt;
  return Instant::from_civil(static_cast<int>(year), *month, *day, *hour, *minute, *second,
                             nanoseconds);
}

}  // namespace

std::optional<Element> Reader::read() {
  if (rest_.size() < 2 || (rest_[0] & kHighTagNumber) == kHighTagNumber) return std::nullopt;
  std::size_t head = 2;
  std::size_t length = rest_[1];
  if (length >= kLongLength) {
    const std::size_t octets = length & 0x7FU;
    if (octets == 0 || octets > 4 || rest_.size() < 2 + octets) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < octets; ++i) length = (length << 8U) | rest_[2 + i];
    head += octets;
    const bool shortest =
        length >= kLongLength && (octets == 1 || (length >> (8 * (octets - 1))) != 0);
    if (!shortest) return std::nullopt;
  }
  if (length > rest_.size() - head) return std::nullopt;
  const Element element{rest_[0], rest_.subspan(head, length), rest_.subspan(0, head + length)};
  rest_ = rest_.subspan(head + length);
  return element;
}

std::optional<Element> Reader::read(std::uint8_t tag) {
  if (!next_is(tag)) return std::nullopt;
  return read();
}

std::optional<Element> only(BytesView bytes, std::uint8_t tag) {
  Reader reader(bytes);
  auto element = reader.read(tag);
  if (!element || !reader.empty()) return std::nullopt;
  return element;
}

std::optional<Signed> read_signed(Reader& reader) {
  const auto content = reader.read(kSequence);
  const auto algorithm = reader.read(kSequence);
  const auto signature = reader.read(kBitString);
  const auto bits = signature ? whole_bits(*signature) : std::nullopt;
  if (!content || !algorithm || !bits) return std::nullopt;
  return Signed{.content = *content, .algorithm = *algorithm, .signature = *bits};
}

std::optional<bool> boolean(const Element& element) {
  if (element.tag != kBoolean || element.content.size() != 1) return std::nullopt;
  if (element.content[0] == 0x00) return false;
  if (element.content[0] == 0xFF) return true;
  return std::nullopt;
}

bool is_integer(const Element& element) {
  const BytesView value = element.content;
  if (element.tag != kInteger || value.empty()) return false;
  if (value.size() == 1) return true;
  return !(value[0] == 0x00 && (value[1] & 0x80U) == 0) &&
         !(value[0] == 0xFF && (value[1] & 0x80U) != 0);
}

std::optional<int> small_integer(const Element& element) {
  if (!is_integer(element) || element.content.size() > 4 || (element.content[0] & 0x80U) != 0)
    return std::nullopt;
  unsigned value = 0;
  for (const std::uint8_t octet : element.content) value = (value << 8U) | octet;
  return static_cast<int>(value);
}

std::optional<BytesView> whole_bits(const Element& element) {
  if (element.tag != kBitString || element.content.empty() || element.content[0] != 0)
    return std::nullopt;
  return element.content.subspan(1);
}

std::optional<Instant> time(const Element& element) {
  return time_of(element.tag, element.content, 0);
}

std::optional<Instant> precise_time(const Element& element) {
  constexpr std::size_t kSeconds = 14;  // YYYYMMDDHHMMSS
  constexpr std::size_t kMaxDigits = 9;
  const BytesView text = element.content;
  if (element.tag != kGeneralizedTime) return std::nullopt;
  if (text.size() <= kSeconds || text[kSeconds] != '.') return time(element);
  const std::size_t digits = text.size() - kSeconds - 2;
  if (text.size() < kSeconds + 3 || digits > kMaxDigits || text[text.size() - 2] == '0')
    return std::nullopt;
  std::int32_t nanoseconds = 0;
  for (std::size_t i = 0; i < kMaxDigits; ++i) {
    const std::uint8_t digit = i < digits ? text[kSeconds + 1 + i] : std::uint8_t{'0'};
    if (digit < '0' || digit > '9') return std::nullopt;
    nanoseconds = nanoseconds * 10 + (digit - '0');
  }
  Bytes whole(text.begin(), text.begin() + kSeconds);
  whole.push_back(text.back());
  return time_of(kGeneralizedTime, whole, nanoseconds);
}

bool is_oid(const Element& element) {
  if (element.tag != kOid || element.content.empty()) return false;
  bool arc_begins = true;
  for (const std::uint8_t octet : element.content) {
    if (arc_begins && octet == 0x80) return false;
    arc_begins = (octet & 0x80U) == 0;
  }
  return arc_begins;
}

std::string oid_text(std::string_view content) {
  constexpr std::size_t kLongest = 128;
  std::string text;
  std::uint64_t arc = 0;
  bool first = true;
  for (const char c : content) {
    if (text.size() > kLongest) return text + "...";
    const auto octet = static_cast<std::uint8_t>(c);
    arc = (arc << 7U) | (octet & 0x7FU);
    if ((octet & 0x80U) != 0) continue;
    if (first) {
      const std::uint64_t root = arc < 40 ? 0 : arc < 80 ? 1 : 2;
      text = std::to_string(root) + "." + std::to_string(arc - root * 40);
      first = false;
    } else {
      text += "." + std::to_string(arc);
    }
    arc = 0;
  }
  return text;
}

}  // namespace countersign::x509::der
