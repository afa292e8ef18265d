#include "x509/ber.hpp"

namespace countersign::x509::der {
namespace {

constexpr std::uint8_t kHighTagNumber = 0x1F;
constexpr std::uint8_t kConstructed = 0x20;
constexpr std::uint8_t kLongLength = 0x80;
constexpr std::size_t kMaxLengthOctets = 4;
constexpr std::size_t kMaxLength = 0x7FFFFFFF;

struct Head {
  std::uint8_t tag = 0;
  BytesView content;
};

/// Takes the next element off `rest`.
std::optional<Head> take(BytesView& rest) {
  if (rest.size() < 2 || (rest[0] & kHighTagNumber) == kHighTagNumber) return std::nullopt;
  std::size_t head = 2;
  std::size_t length = rest[1];
  if (length >= kLongLength) {
    const std::size_t octets = length & 0x7FU;
    if (octets == 0 || octets > kMaxLengthOctets || rest.size() < 2 + octets) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < octets; ++i) length = (length << 8U) | rest[2 + i];
    if (length > kMaxLength) return std::nullopt;
    head += octets;
  }
  if (length > rest.size() - head) return std::nullopt;
  const Head element{rest[0], rest.subspan(head, length)};
  rest = rest.subspan(head + length);
  return element;
}

/// Puts tag and length before what `out` has from `start` on.
void insert_head(Bytes& out, std::size_t start, std::uint8_t tag) {
  const std::size_t length = out.size() - start;
  Bytes head = {tag};
  if (length < kLongLength) {
    head.push_back(static_cast<std::uint8_t>(length));
  } else {
    for (std::size_t rest = length; rest != 0; rest >>= 8U)
      head.insert(head.begin() + 1, static_cast<std::uint8_t>(rest & 0xFFU));
    head.insert(head.begin() + 1, static_cast<std::uint8_t>(kLongLength | (head.size() - 1)));
  }
  out.insert(out.begin() + static_cast<std::ptrdiff_t>(start), head.begin(), head.end());
}

/// Appends the next element of `rest`. An octet is moved at most once a level, and levels are few.
bool append(BytesView& rest, std::size_t level, Bytes& out) {
  const auto element = take(rest);
  if (!element || level > kMaxDepth) return false;
  const std::size_t start = out.size();
  if ((element->tag & kConstructed) == 0) {
    out.insert(out.end(), element->content.begin(), element->content.end());
  } else {
    BytesView children = element->content;
    while (!children.empty()) {
      if (!append(children, level + 1, out)) return false;
    }
  }
  insert_head(out, start, element->tag);
  return true;
}

}  // namespace

std::optional<Bytes> with_shortest_lengths(BytesView ber) {
  Bytes out;
  out.reserve(ber.size());
  if (!append(ber, 1, out) || !ber.empty()) return std::nullopt;
  return out;
}

Bytes encoded(std::uint8_t tag, BytesView content) {
  Bytes out(content.begin(), content.end());
  insert_head(out, 0, tag);
  return out;
}

}  // namespace countersign::x509::der
