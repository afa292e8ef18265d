#pragma once
/// Object identifiers that this program knows, as the content octets of their DER encoding.
/// Source: notary-verification, Appendix C; RFC 5280; RFC 8017; RFC 5480.

#include <string_view>

namespace countersign::x509::oid {

using namespace std::string_view_literals;

// Extensions.
inline constexpr auto kSubjectKeyIdentifier = "\x55\x1D\x0E"sv;      // 2.5.29.14
inline constexpr auto kKeyUsage = "\x55\x1D\x0F"sv;                  // 2.5.29.15
inline constexpr auto kSubjectAltName = "\x55\x1D\x11"sv;            // 2.5.29.17
inline constexpr auto kBasicConstraints = "\x55\x1D\x13"sv;          // 2.5.29.19
inline constexpr auto kNameConstraints = "\x55\x1D\x1E"sv;           // 2.5.29.30
inline constexpr auto kCrlDistributionPoints = "\x55\x1D\x1F"sv;     // 2.5.29.31
inline constexpr auto kCertificatePolicies = "\x55\x1D\x20"sv;       // 2.5.29.32
inline constexpr auto kAuthorityKeyIdentifier = "\x55\x1D\x23"sv;    // 2.5.29.35
inline constexpr auto kExtendedKeyUsage = "\x55\x1D\x25"sv;          // 2.5.29.37
inline constexpr auto kCrlNumber = "\x55\x1D\x14"sv;                 // 2.5.29.20
inline constexpr auto kReasonCode = "\x55\x1D\x15"sv;                // 2.5.29.21
inline constexpr auto kInvalidityDate = "\x55\x1D\x18"sv;            // 2.5.29.24
inline constexpr auto kDeltaCrlIndicator = "\x55\x1D\x1B"sv;         // 2.5.29.27
inline constexpr auto kIssuingDistributionPoint = "\x55\x1D\x1C"sv;  // 2.5.29.28
inline constexpr auto kFreshestCrl = "\x55\x1D\x2E"sv;               // 2.5.29.46
inline constexpr auto kAuthorityInfoAccess = "\x2B\x06\x01\x05\x05\x07\x01\x01"sv;
inline constexpr auto kBasicOcspResponse = "\x2B\x06\x01\x05\x05\x07\x30\x01\x01"sv;
inline constexpr auto kOcsp = "\x2B\x06\x01\x05\x05\x07\x30\x01"sv;

// Extended key usages.
inline constexpr auto kAnyExtendedKeyUsage = "\x55\x1D\x25\x00"sv;
inline constexpr auto kServerAuth = "\x2B\x06\x01\x05\x05\x07\x03\x01"sv;
inline constexpr auto kClientAuth = "\x2B\x06\x01\x05\x05\x07\x03\x02"sv;
inline constexpr auto kCodeSigning = "\x2B\x06\x01\x05\x05\x07\x03\x03"sv;
inline constexpr auto kEmailProtection = "\x2B\x06\x01\x05\x05\x07\x03\x04"sv;
inline constexpr auto kTimeStamping = "\x2B\x06\x01\x05\x05\x07\x03\x08"sv;
inline constexpr auto kOcspSigning = "\x2B\x06\x01\x05\x05\x07\x03\x09"sv;

// Public keys.
inline constexpr auto kRsaEncryption = "\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01"sv;
inline constexpr auto kEcPublicKey = "\x2A\x86\x48\xCE\x3D\x02\x01"sv;
inline constexpr auto kEd25519 = "\x2B\x65\x70"sv;
inline constexpr auto kP224 = "\x2B\x81\x04\x00\x21"sv;
inline constexpr auto kP256 = "\x2A\x86\x48\xCE\x3D\x03\x01\x07"sv;
inline constexpr auto kP384 = "\x2B\x81\x04\x00\x22"sv;
inline constexpr auto kP521 = "\x2B\x81\x04\x00\x23"sv;

// Signatures.
inline constexpr auto kRsaPss = "\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0A"sv;
inline constexpr auto kMgf1 = "\x2A\x86\x48\x86\xF7\x0D\x01\x01\x08"sv;
inline constexpr auto kSha256WithRsa = "\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0B"sv;
inline constexpr auto kSha384WithRsa = "\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0C"sv;
inline constexpr auto kSha512WithRsa = "\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0D"sv;
inline constexpr auto kEcdsaWithSha256 = "\x2A\x86\x48\xCE\x3D\x04\x03\x02"sv;
inline constexpr auto kEcdsaWithSha384 = "\x2A\x86\x48\xCE\x3D\x04\x03\x03"sv;
inline constexpr auto kEcdsaWithSha512 = "\x2A\x86\x48\xCE\x3D\x04\x03\x04"sv;
/// Names things in OCSP; nothing is signed with it here.
inline constexpr auto kSha1 = "\x2B\x0E\x03\x02\x1A"sv;
inline constexpr auto kSha256 = "\x60\x86\x48\x01\x65\x03\x04\x02\x01"sv;
inline constexpr auto kSha384 = "\x60\x86\x48\x01\x65\x03\x04\x02\x02"sv;
inline constexpr auto kSha512 = "\x60\x86\x48\x01\x65\x03\x04\x02\x03"sv;

// Timestamp tokens (RFC 3161, RFC 5652, RFC 5816).
inline constexpr auto kSignedData = "\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02"sv;
inline constexpr auto kTstInfo = "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x04"sv;
inline constexpr auto kContentType = "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x03"sv;
inline constexpr auto kMessageDigest = "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x04"sv;
inline constexpr auto kSigningTime = "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x05"sv;
inline constexpr auto kSigningCertificateV2 = "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x02\x2F"sv;
/// ETSI EN 319 421, best practices policy: 0.4.0.2023.1.1.
inline constexpr auto kEtsiTimestampPolicy = "\x04\x00\x8F\x67\x01\x01"sv;

// Attribute types of names (PO-55).
inline constexpr auto kCommonName = "\x55\x04\x03"sv;
inline constexpr auto kSerialNumber = "\x55\x04\x05"sv;
inline constexpr auto kCountry = "\x55\x04\x06"sv;
inline constexpr auto kLocality = "\x55\x04\x07"sv;
inline constexpr auto kState = "\x55\x04\x08"sv;
inline constexpr auto kStreet = "\x55\x04\x09"sv;
inline constexpr auto kOrganization = "\x55\x04\x0A"sv;
inline constexpr auto kOrganizationalUnit = "\x55\x04\x0B"sv;
inline constexpr auto kPostalCode = "\x55\x04\x11"sv;

}  // namespace countersign::x509::oid
