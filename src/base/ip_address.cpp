#include "base/ip_address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/text.hpp"
#include "base/whole_number.hpp"

namespace countersign {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kBits = 128;
constexpr unsigned kV4Bits = 32;
/// Of an IPv4 network's prefix, in the 128-bit form.
constexpr unsigned kBitsBeforeV4 = kBits - kV4Bits;

std::array<std::uint8_t, 16> without_bits_after(std::array<std::uint8_t, 16> bytes,
                                                unsigned prefix) {
  for (unsigned bit = prefix; bit < kBits; ++bit)
    bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
  return bytes;
}

Error bad(std::string_view text, std::string_view what) {
  return Error::mistake("CIDR", fmt::format("\"{}\" {}", printable(text, 80), what));
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.contains('\0')) return std::nullopt;  // where C's functions would stop
  const std::string copy(text);
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET6, copy.c_str(), bytes.data()) == 1) return IpAddress(bytes);
  in_addr v4_address{};
  if (inet_pton(AF_INET, copy.c_str(), &v4_address) == 1) return v4(ntohl(v4_address.s_addr));
  return std::nullopt;
}

IpAddress IpAddress::v4(std::uint32_t address) {
  std::array<std::uint8_t, 16> bytes{};
  std::ranges::copy(kMappedPrefix, bytes.begin());
  for (unsigned i = 0; i < 4; ++i)
    bytes[12 + i] = static_cast<std::uint8_t>((address >> (24 - 8 * i)) & 0xffU);
  return IpAddress(bytes);
}

bool IpAddress::is_v4() const noexcept {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes_.begin());
}

std::string IpAddress::to_string() const {
  if (!is_v4()) return to_v6_string();
  std::array<char, INET_ADDRSTRLEN> text{};
  inet_ntop(AF_INET, bytes_.data() + kMappedPrefix.size(), text.data(), text.size());
  return text.data();
}

std::string IpAddress::to_v6_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
  return text.data();
}

Result<Cidr> Cidr::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  const auto base = IpAddress::parse(address);
  if (!base) return bad(text, "is not a network; want one such as \"10.0.0.0/8\"");
  const Notation notation = address.contains(':') ? Notation::kV6 : Notation::kV4;
  const unsigned most = notation == Notation::kV4 ? kV4Bits : kBits;
  if (slash == std::string_view::npos) {
    return bad(text, fmt::format("has no prefix length; did you mean \"{}/{}\"?", address, most));
  }
  const auto prefix = parse_whole_number(text.substr(slash + 1));
  if (!prefix || *prefix > most)
    return bad(text, fmt::format("has no such prefix length; want 0 to {}", most));
  const unsigned bits =
      static_cast<unsigned>(*prefix) + (notation == Notation::kV4 ? kBitsBeforeV4 : 0U);
  const Cidr network(IpAddress::v6(without_bits_after(base->bytes(), bits)), bits, notation);
  if (network.base_ != *base) {
    return bad(text,
               fmt::format("has bits after its prefix; did you mean \"{}\"?", network.to_string()));
  }
  return network;
}

bool Cidr::contains(const IpAddress& address) const noexcept {
  const std::size_t whole = bits_ / 8;
  if (std::memcmp(address.bytes().data(), base_.bytes().data(), whole) != 0) return false;
  const unsigned rest = bits_ % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff00U >> rest);
  return (address.bytes()[whole] & mask) == (base_.bytes()[whole] & mask);
}

bool Cidr::contains(const Cidr& other) const noexcept {
  return bits_ <= other.bits_ && contains(other.base_);
}

std::string Cidr::to_string() const {
  if (notation_ == Notation::kV6) return fmt::format("{}/{}", base_.to_v6_string(), bits_);
  return fmt::format("{}/{}", base_.to_string(), bits_ - kBitsBeforeV4);
}

}  // namespace countersign
