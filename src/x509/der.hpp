#pragma once
/// A reader of DER: definite, shortest lengths and single-byte tags only. Views into the caller's
/// bytes.
///
/// Source: X.690 section 10; notary-verification CE-1.

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "base/instant.hpp"

namespace countersign::x509::der {

inline constexpr std::uint8_t kBoolean = 0x01;
inline constexpr std::uint8_t kInteger = 0x02;
inline constexpr std::uint8_t kBitString = 0x03;
inline constexpr std::uint8_t kOctetString = 0x04;
inline constexpr std::uint8_t kNull = 0x05;
inline constexpr std::uint8_t kOid = 0x06;
inline constexpr std::uint8_t kUtf8String = 0x0C;
inline constexpr std::uint8_t kNumericString = 0x12;
inline constexpr std::uint8_t kPrintableString = 0x13;
inline constexpr std::uint8_t kT61String = 0x14;
inline constexpr std::uint8_t kIa5String = 0x16;
inline constexpr std::uint8_t kUtcTime = 0x17;
inline constexpr std::uint8_t kGeneralizedTime = 0x18;
inline constexpr std::uint8_t kBmpString = 0x1E;
inline constexpr std::uint8_t kSequence = 0x30;
inline constexpr std::uint8_t kSet = 0x31;
/// [n], primitive and constructed.
constexpr std::uint8_t context(unsigned n) { return static_cast<std::uint8_t>(0x80U | n); }
constexpr std::uint8_t context_constructed(unsigned n) {
  return static_cast<std::uint8_t>(0xA0U | n);
}

struct Element {
  std::uint8_t tag = 0;
  BytesView content;
  BytesView whole;  ///< tag and length included
};

class Reader {
 public:
  explicit Reader(BytesView bytes) : rest_(bytes) {}

  [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }
  [[nodiscard]] bool next_is(std::uint8_t tag) const noexcept {
    return !rest_.empty() && rest_.front() == tag;
  }
  /// The next element, whatever it is; nothing if it is not DER or there is none.
  std::optional<Element> read();
  /// The next element if it has this tag; otherwise nothing, and nothing is consumed.
  std::optional<Element> read(std::uint8_t tag);

 private:
  BytesView rest_;
};

/// The one element that makes up all of `bytes`.
[[nodiscard]] std::optional<Element> only(BytesView bytes, std::uint8_t tag);

/// What certificates, CRLs and OCSP responses have in common (RFC 5280 4.1.1): bytes, how they are
/// signed, the signature.
struct Signed {
  Element content;
  Element algorithm;
  BytesView signature;
};
/// The next three elements; nothing if they are not these.
[[nodiscard]] std::optional<Signed> read_signed(Reader& reader);

/// 00 or FF.
[[nodiscard]] std::optional<bool> boolean(const Element& element);
/// A non-negative integer below 2^31 in shortest form.
[[nodiscard]] std::optional<int> small_integer(const Element& element);
/// In shortest form (the sign bit of the first octet says negative).
[[nodiscard]] bool is_integer(const Element& element);
/// The octets of a BIT STRING without unused bits.
[[nodiscard]] std::optional<BytesView> whole_bits(const Element& element);
/// UTCTime with seconds and Z, or GeneralizedTime with Z and without fraction (RFC 5280 4.1.2.5).
[[nodiscard]] std::optional<Instant> time(const Element& element);
/// GeneralizedTime with Z and, if there is a fraction, one to nine digits of which the last is not
/// zero (X.690 11.7).
[[nodiscard]] std::optional<Instant> precise_time(const Element& element);
/// An OBJECT IDENTIFIER of whole arcs, each in shortest form: otherwise two readers could see
/// different ones.
[[nodiscard]] bool is_oid(const Element& element);
/// An OID as dotted decimal numbers, for people; cut if it is very long.
[[nodiscard]] std::string oid_text(std::string_view content);

}  // namespace countersign::x509::der
