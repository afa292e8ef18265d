#pragma once
/// Timestamp tokens for tests: valid unless told otherwise, and every part of them can be made
/// wrong. Written octet by octet; OpenSSL makes hashes and signatures only.

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "support/pki.hpp"

namespace countersign::testing {

inline constexpr const char* kTimeStampingPurpose = "1.3.6.1.5.5.7.3.8";
inline constexpr const char* kSignedDataType = "1.2.840.113549.1.7.2";
inline constexpr const char* kTstInfoType = "1.2.840.113549.1.9.16.1.4";
inline constexpr const char* kContentTypeAttribute = "1.2.840.113549.1.9.3";
inline constexpr const char* kMessageDigestAttribute = "1.2.840.113549.1.9.4";
inline constexpr const char* kSigningTimeAttribute = "1.2.840.113549.1.9.5";
inline constexpr const char* kSigningCertificateAttribute = "1.2.840.113549.1.9.16.2.12";
inline constexpr const char* kSigningCertificateV2Attribute = "1.2.840.113549.1.9.16.2.47";

/// "tsa signer", "tsa issuing 1", "tsa root": keys and names that make_chain does not use. The leaf
/// may timestamp and nothing else; edits are made after that.
Chain make_tsa_chain(ChainSpec spec = {});

Bytes digest(std::string_view hash, BytesView message);
/// AlgorithmIdentifier without parameters.
Bytes hash_identifier(std::string_view hash);
/// Numbers below 0 are left out.
Bytes accuracy(std::int64_t seconds, std::int64_t millis = -1, std::int64_t micros = -1);
/// Of a certificate in DER: SEQUENCE { issuer, serial }.
Bytes issuer_and_serial(BytesView certificate);
/// ESSCertIDv2. An empty hash leaves the default, SHA-256, out.
Bytes certificate_id(BytesView certificate, std::string_view hash = "", bool issuer_serial = true);
/// SigningCertificateV2.
Bytes signing_certificate(const std::vector<Bytes>& ids);

/// The fields of a TSTInfo in DER.
struct InfoSpec {
  Bytes version = asn1::integer(1);
  Bytes policy = asn1::oid("1.2.3.4.1");
  std::string hash = "SHA256";     ///< of the imprint
  std::optional<Bytes> imprint{};  ///< instead of the message's
  Bytes serial = asn1::integer(7);
  Bytes time = asn1::generalized_time("20260201000000Z");
  Bytes accuracy{};  ///< empty: absent
  Bytes rest{};      ///< ordering, nonce, tsa, extensions
};
Bytes make_info(BytesView message, const InfoSpec& spec = {});

struct SignerSpec {
  std::optional<Bytes> certificate{};  ///< that it names; the chain's leaf if absent
  const Key* key = nullptr;            ///< null: that of the chain's leaf
  Bytes version = asn1::integer(1);
  std::optional<Bytes> id{};    ///< instead of issuer and serial number
  std::string hash = "SHA256";  ///< of the content
  std::optional<Bytes> digest_algorithm{};
  /// Attributes: by type, the values instead of the right ones, or in addition.
  std::map<std::string, std::vector<Bytes>> attributes{};
  std::set<std::string> without{};
  std::vector<Bytes> raw_attributes{};  ///< after all others
  bool no_attributes = false;           ///< signs the content itself
  bool sent_in_reverse = false;         ///< what is signed stays sorted
  bool signed_in_reverse = false;
  std::optional<SignWith> how{};
  std::optional<Bytes> signature_algorithm{};
  std::function<void(Bytes&)> edit_signature{};
  Bytes after{};  ///< unsigned attributes, or what should not be there
};

struct TokenSpec {
  Chain tsa = make_tsa_chain();
  InfoSpec info{};
  std::optional<Bytes> raw_info{};  ///< instead of the TSTInfo
  Bytes version = asn1::integer(3);
  std::string outer_type = kSignedDataType;
  std::string content_type = kTstInfoType;
  std::optional<Bytes> digest_algorithms{};
  std::optional<Bytes> encapsulated{};               ///< instead of content type and content
  std::optional<std::vector<Bytes>> certificates{};  ///< instead of the chain
  Bytes crls{};                                      ///< with their [1] tag
  std::vector<SignerSpec> signers = {SignerSpec{}};
  Bytes after_signers{};
};
Bytes make_token(BytesView message, const TokenSpec& spec = {});

}  // namespace countersign::testing
