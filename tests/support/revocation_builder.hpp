#pragma once
/// CRLs and OCSP responses for tests: valid unless told otherwise, and every part of them can be
/// made wrong. Written octet by octet; OpenSSL makes hashes and signatures only.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "support/pki.hpp"

namespace countersign::testing {

inline constexpr const char* kOcspSigningPurpose = "1.3.6.1.5.5.7.3.9";
inline constexpr const char* kCrlNumberType = "2.5.29.20";
inline constexpr const char* kReasonType = "2.5.29.21";
inline constexpr const char* kInvalidityType = "2.5.29.24";
inline constexpr const char* kDeltaType = "2.5.29.27";
inline constexpr const char* kScopeType = "2.5.29.28";
inline constexpr const char* kFreshestType = "2.5.29.46";

/// Serial numbers of make_chain's certificates, and the common names of their issuers, by place:
/// the leaf and the one intermediate of a chain of three.
inline constexpr std::int64_t kSerials[] = {100, 2};
inline constexpr const char* kIssuers[] = {"issuing 1", "root"};
/// The key that signed `chain[place]` of such a chain.
const Key& issuer_key(std::size_t place);

Bytes encoded_extension(const Extension& extension);
Extension crl_number(std::int64_t number);
Extension delta_indicator(std::int64_t base);
Extension reason(int code, bool critical = false);
/// "20260101000000Z"
Extension invalidity(std::string_view generalized_time, bool critical = false);
/// Flags of an issuingDistributionPoint by their tags, and URIs of its distributionPoint.
Extension scope(std::initializer_list<unsigned> flags, const std::vector<std::string>& uris = {},
                bool critical = true);
Extension freshest(const std::vector<std::string>& urls, bool critical = false);

struct EntrySpec {
  std::int64_t serial = 0;
  Bytes date = asn1::utc_time("260501000000Z");
  std::vector<Extension> extensions{};
  Bytes raw{};  ///< instead of all
};

/// Starts as an empty list of the leaf's issuer, from 2026-05-01 to 2026-07-01, number 5.
struct CrlSpec {
  std::size_t place = 0;          ///< of the certificate whose issuer it is of
  std::optional<Bytes> issuer{};  ///< instead of that one's name
  Bytes version = asn1::integer(1);
  Bytes this_update = asn1::utc_time("260501000000Z");
  Bytes next_update = asn1::utc_time("260701000000Z");  ///< empty: absent
  std::vector<EntrySpec> entries{};
  std::vector<Extension> extensions = {crl_number(5)};
  std::optional<Bytes> raw_entries{};     ///< instead, with their tag
  std::optional<Bytes> raw_extensions{};  ///< instead, with their tag
  const Key* key = nullptr;               ///< null: the issuer's
  std::optional<SignWith> how{};
  std::optional<Bytes> outer_algorithm{};
  std::function<void(Bytes&)> edit_signature{};
};
Bytes make_crl(const CrlSpec& spec);
enum class Said : std::uint8_t { kGood, kRevoked, kUnknown };

/// Starts as a response about the leaf by its issuer, from 2026-05-01 to 2026-07-01.
struct OcspSpec {
  std::size_t place = 0;
  Said status = Said::kGood;
  Bytes this_update = asn1::generalized_time("20260501000000Z");
  Bytes next_update = asn1::generalized_time("20260701000000Z");  ///< empty: absent
  std::vector<Extension> extensions{};                            ///< of the single response
  std::vector<Extension> all_extensions{};                        ///< of the response
  std::string hash = "SHA1";                                      ///< of the CertID
  std::optional<Bytes> issuer_name{};                             ///< instead, to be hashed
  std::optional<Bytes> issuer_key_bits{};                         ///< likewise
  std::optional<std::int64_t> serial{};
  Bytes response_status{0x0A, 0x01, 0x00};
  bool no_bytes = false;              ///< an error response
  std::optional<Bytes> raw_status{};  ///< instead of the certificate's
  std::vector<Bytes> certificates{};  ///< embedded
  const Key* key = nullptr;           ///< null: the issuer's
  std::optional<SignWith> how{};
  std::optional<Bytes> responder{};  ///< with its tag
  std::function<void(Bytes&)> edit_signature{};
  unsigned repeats = 1;                 ///< of the single response
  std::optional<Bytes> other_status{};  ///< of one more, about the same certificate
  Bytes after{};
};
Bytes make_ocsp(const OcspSpec& spec = {});

}  // namespace countersign::testing
