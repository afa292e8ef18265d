#include "x509/certificate.hpp"

#include <gtest/gtest.h>

#include "support/matchers.hpp"
#include "support/pki.hpp"
#include "x509/oid.hpp"

namespace countersign::x509 {
namespace {

using countersign::testing::basic_constraints;
using countersign::testing::CertificateBuilder;
using countersign::testing::Extension;
using countersign::testing::FailsSaying;
using countersign::testing::How;
using countersign::testing::IsOk;
using countersign::testing::key;
using countersign::testing::KeyKind;
using countersign::testing::SignWith;
namespace asn1 = countersign::testing::asn1;

Bytes made(const CertificateBuilder& builder) { return builder.sign_with(key(KeyKind::kP256)); }
Bytes hex(std::string_view text) { return *from_hex(text); }

struct Row {
  std::string name;
  CertificateBuilder builder;
  std::string want;  // the message after "certificate: "; empty if it is read
};
class Certificates : public ::testing::TestWithParam<Row> {};

// shows: N-290
TEST_P(Certificates, AreReadOrRefusedSayingWhy) {
  const auto certificate = Certificate::parse(made(GetParam().builder));
  if (GetParam().want.empty()) {
    EXPECT_THAT(certificate, IsOk());
  } else {
    EXPECT_THAT(certificate,
                FailsSaying(Outcome::kSignatureInvalid, "certificate: " + GetParam().want));
  }
}

CertificateBuilder with(std::string oid, Bytes value, bool critical = false) {
  return CertificateBuilder().with(
      Extension{.oid = std::move(oid), .critical = critical, .value = std::move(value)});
}
Bytes general_name(unsigned tag, std::string_view value) {
  return asn1::text(static_cast<std::uint8_t>(0x80U | tag), value);
}
CertificateBuilder alt_name(Bytes general) {
  return with("2.5.29.17", asn1::sequence({std::move(general)}));
}
CertificateBuilder ec_point(const Bytes& parameters, const Bytes& point) {
  return CertificateBuilder().raw_spki(asn1::sequence(
      {asn1::sequence({asn1::oid("1.2.840.10045.2.1"), parameters}), asn1::bit_string(point)}));
}
CertificateBuilder rsa(const Bytes& parameters, const Bytes& modulus, const Bytes& exponent) {
  return CertificateBuilder().raw_spki(
      asn1::sequence({asn1::sequence({asn1::oid("1.2.840.113549.1.1.1"), parameters}),
                      asn1::bit_string(asn1::sequence({modulus, exponent}))}));
}

std::vector<Row> rows() {
  const Bytes big_modulus = asn1::tlv(0x02, [] {
    Bytes number(257, 0xA5);
    number[0] = 0;
    return number;
  }());
  const Bytes e = asn1::integer(65537);
  const Bytes p256 = asn1::oid("1.2.840.10045.3.1.7");
  const Bytes good_point(key(KeyKind::kP256).spki.end() - 65, key(KeyKind::kP256).spki.end());
  Bytes compressed(good_point.begin(), good_point.begin() + 33);
  compressed[0] = 0x02;
  const Bytes crl_uri = asn1::explicit_tag(0, asn1::explicit_tag(0, general_name(6, "http://c")));
  const std::string exponent_says = "RSA exponent must be odd, and from 3 to 2147483647";
  const Bytes validity_good = asn1::utc_time("200101000000Z");
  return {
      {"Plain", CertificateBuilder(), ""},
      {"TrailingByte", CertificateBuilder().after({0}), "not one complete DER certificate"},
      {"TwoCertificates", CertificateBuilder().after(made(CertificateBuilder())),
       "not one complete DER certificate"},
      {"AlgorithmsDiffer",
       CertificateBuilder().outer_algorithm(
           testing::algorithm_identifier({How::kEcdsa, "SHA384", -1, {}})),
       "inner and outer signature algorithm differ"},
      {"AlgorithmsDifferInParametersOnly",
       CertificateBuilder().outer_algorithm(
           asn1::sequence({asn1::oid("1.2.840.10045.4.3.2"), asn1::null()})),
       "inner and outer signature algorithm differ"},
      {"AfterTheLastField", CertificateBuilder().raw_after_tbs_fields(asn1::null()),
       "bytes after the last field"},
      // version and serial number
      {"Version1", CertificateBuilder().raw_version({}), ""},
      {"Version4", CertificateBuilder().raw_version(asn1::explicit_tag(0, asn1::integer(3))),
       "unknown version"},
      {"VersionNegative",
       CertificateBuilder().raw_version(asn1::explicit_tag(0, asn1::integer(-1))),
       "unknown version"},
      {"VersionTwice",
       CertificateBuilder().raw_version(
           asn1::explicit_tag(0, asn1::join({asn1::integer(2), asn1::integer(2)}))),
       "unknown version"},
      {"SerialZero", CertificateBuilder().serial(0), ""},
      {"SerialOf40Octets", CertificateBuilder().raw_serial(asn1::tlv(0x02, Bytes(40, 0x11))), ""},
      {"SerialNegative", CertificateBuilder().serial(-1), "negative serial number"},
      {"SerialNotShortest", CertificateBuilder().raw_serial(hex("02020001")),
       "malformed serial number"},
      {"SerialEmpty", CertificateBuilder().raw_serial(hex("0200")), "malformed serial number"},
      // names and times
      {"SubjectOutsideItsCharacters",
       CertificateBuilder().subject(testing::name({{"CN", "a_b", 0x13}})), "malformed issuer name"},
      {"SubjectUniversalString",
       CertificateBuilder()
           .issuer(testing::acme("x"))
           .subject(testing::name({{"CN", "abcd", 0x1C}})),
       "malformed subject name"},
      {"EmptySubject", CertificateBuilder().subject(asn1::sequence({})), ""},
      {"UtcTimeWithoutSeconds", CertificateBuilder().valid("2001010000Z", "300101000000Z"),
       "malformed validity time"},
      {"UtcTimeWithOffset", CertificateBuilder().valid("200101000000+0000", "300101000000Z"),
       "malformed validity time"},
      {"ThreeTimes",
       CertificateBuilder().raw_validity(
           asn1::sequence({validity_good, validity_good, validity_good})),
       "malformed validity time"},
      {"OneTime", CertificateBuilder().raw_validity(asn1::sequence({validity_good})),
       "malformed validity time"},
      {"EndsBeforeItBegins", CertificateBuilder().valid("300101000000Z", "200101000000Z"), ""},
      // public keys
      {"RsaWithoutParameters", rsa({}, big_modulus, e), "RSA key without NULL parameters"},
      {"RsaWithOtherParameters", rsa(asn1::sequence({}), big_modulus, e),
       "RSA key without NULL parameters"},
      {"RsaModulusZero", rsa(asn1::null(), asn1::integer(0), e),
       "RSA modulus and exponent must be positive integers"},
      {"RsaModulusNegative", rsa(asn1::null(), asn1::integer(-5), e),
       "RSA modulus and exponent must be positive integers"},
      {"RsaExponentZero", rsa(asn1::null(), big_modulus, asn1::integer(0)),
       "RSA modulus and exponent must be positive integers"},
      {"RsaExponentNegative", rsa(asn1::null(), big_modulus, asn1::integer(-3)),
       "RSA modulus and exponent must be positive integers"},
      {"RsaExponent1", rsa(asn1::null(), big_modulus, asn1::integer(1)), exponent_says},
      {"RsaExponentEven", rsa(asn1::null(), big_modulus, asn1::integer(65536)), exponent_says},
      {"RsaExponent3", rsa(asn1::null(), big_modulus, asn1::integer(3)), ""},
      {"RsaExponentLargest", rsa(asn1::null(), big_modulus, asn1::integer(2147483647)), ""},
      {"RsaExponentTooLarge", rsa(asn1::null(), big_modulus, asn1::integer(2147483649)),
       exponent_says},
      {"RsaKeyWithMore", rsa(asn1::null(), big_modulus, asn1::join({e, e})),
       "RSA modulus and exponent must be positive integers"},
      {"RsaPss",
       CertificateBuilder().raw_spki(asn1::sequence(
           {asn1::sequence({asn1::oid("1.2.840.113549.1.1.10")}), asn1::bit_string(Bytes(10))})),
       ""},
      {"EcCompressed", ec_point(p256, compressed), "EC point is not uncompressed"},
      {"EcEmptyPoint", ec_point(p256, {}), "EC point is not uncompressed"},
      {"EcExplicitCurve", ec_point(asn1::sequence({asn1::integer(1)}), good_point),
       "EC key without a named curve"},
      {"EcSecp256k1", CertificateBuilder().of(key(KeyKind::kSecp256k1)),
       "EC key on a curve that is not supported"},
      {"EcP224", CertificateBuilder().of(key(KeyKind::kP224)), ""},
      {"Ed25519", CertificateBuilder().of(key(KeyKind::kEd25519)), ""},
      {"Ed25519WithParameters",
       CertificateBuilder().raw_spki(
           asn1::sequence({asn1::sequence({asn1::oid("1.3.101.112"), asn1::null()}),
                           asn1::bit_string(Bytes(32))})),
       "Ed25519 key with parameters"},
      {"UnknownKey",
       CertificateBuilder().raw_spki(
           asn1::sequence({asn1::sequence({asn1::oid("1.2.3.4")}), asn1::bit_string(Bytes(5))})),
       ""},
      {"KeyWithUnusedBits",
       CertificateBuilder().raw_spki(
           asn1::sequence({asn1::sequence({asn1::oid("1.2.3.4")}), asn1::bit_string(Bytes(5), 1)})),
       "malformed public key bits"},
      // extensions
      {"SameExtensionTwice", CertificateBuilder().ca().also(basic_constraints(true)),
       "extension 2.5.29.19 stands twice"},
      {"UnknownExtensionTwice",
       CertificateBuilder()
           .also({"1.2.3.4", false, asn1::null()})
           .also({"1.2.3.4", true, asn1::null()}),
       "extension 1.2.3.4 stands twice"},
      {"SameExtensionTwiceInVersion1",
       CertificateBuilder().raw_version({}).ca().also(basic_constraints(true)), ""},
      {"UnknownCritical", with("1.2.3.4", asn1::null(), true), ""},
      {"CriticalNotFf",
       CertificateBuilder().raw_extension(
           asn1::sequence({asn1::oid("1.2.3.4"), hex("010101"), asn1::octet_string(asn1::null())})),
       "malformed extension criticality"},
      {"ExtensionWithMore",
       CertificateBuilder().raw_extension(
           asn1::sequence({asn1::oid("1.2.3.4"), asn1::octet_string(asn1::null()), asn1::null()})),
       "malformed extension"},
      {"ExtensionWithoutValue",
       CertificateBuilder().raw_extension(asn1::sequence({asn1::oid("1.2.3.4")})),
       "malformed extension"},
      {"ExtensionOidCut",
       CertificateBuilder().raw_extension(
           asn1::sequence({hex("06025580"), asn1::octet_string(asn1::null())})),
       "malformed extension"},
      {"BytesAfterTheExtensions",
       CertificateBuilder().raw_extensions(
           asn1::explicit_tag(3, asn1::join({asn1::sequence({}), asn1::null()}))),
       "malformed extensions"},
      {"BasicConstraintsNotFf", with("2.5.29.19", asn1::sequence({hex("010101")})),
       "malformed basicConstraints"},
      {"BasicConstraintsMore",
       with("2.5.29.19", asn1::sequence({asn1::boolean(true), asn1::integer(0), asn1::null()})),
       "malformed basicConstraints"},
      {"BasicConstraintsTrailing", with("2.5.29.19", asn1::join({asn1::sequence({}), {0}})),
       "malformed basicConstraints"},
      {"PathLengthNegative",
       with("2.5.29.19", asn1::sequence({asn1::boolean(true), asn1::integer(-1)})),
       "malformed basicConstraints"},
      {"PathLengthHuge",
       with("2.5.29.19", asn1::sequence({asn1::boolean(true), asn1::integer(0x80000000LL)})),
       "malformed basicConstraints"},
      {"KeyUsageNoBits", with("2.5.29.15", hex("0300")), "malformed keyUsage"},
      {"KeyUsageBadPadding", with("2.5.29.15", hex("030208A0")), "malformed keyUsage"},
      {"KeyUsagePaddingNotZero", with("2.5.29.15", hex("03020781")), "malformed keyUsage"},
      {"KeyUsageNotBits", with("2.5.29.15", asn1::integer(1)), "malformed keyUsage"},
      {"KeyUsageZero", with("2.5.29.15", hex("030100")), ""},
      {"ExtendedKeyUsageNotOid", with("2.5.29.37", asn1::sequence({asn1::integer(1)})),
       "malformed extendedKeyUsage"},
      // serverAuth with a padded arc: another reader might see it.
      {"ExtendedKeyUsagePaddedOid",
       with("2.5.29.37", asn1::sequence({hex("0609802B06010505070301")})),
       "malformed extendedKeyUsage"},
      {"SubjectKeyIdCritical", with("2.5.29.14", asn1::octet_string(Bytes(20)), true),
       "subjectKeyIdentifier must not be critical"},
      {"SubjectKeyIdMalformed", with("2.5.29.14", asn1::null()), "malformed subjectKeyIdentifier"},
      {"AuthorityKeyIdCritical", with("2.5.29.35", asn1::sequence({}), true),
       "authorityKeyIdentifier must not be critical"},
      {"AuthorityKeyIdMalformed", with("2.5.29.35", asn1::null()),
       "malformed authorityKeyIdentifier"},
      {"AuthorityInfoCritical", with("1.3.6.1.5.5.7.1.1", asn1::sequence({}), true),
       "authorityInfoAccess must not be critical"},
      {"AuthorityInfoMalformed", with("1.3.6.1.5.5.7.1.1", asn1::sequence({asn1::sequence({})})),
       "malformed authorityInfoAccess"},
      {"CrlPointsMalformed", with("2.5.29.31", asn1::sequence({asn1::null()})),
       "malformed cRLDistributionPoints"},
      {"CrlPointsRelativeName",
       with("2.5.29.31",
            asn1::sequence({asn1::sequence({asn1::explicit_tag(0, asn1::explicit_tag(1, {}))})})),
       "malformed cRLDistributionPoints"},
      {"CrlPoints", with("2.5.29.31", asn1::sequence({asn1::sequence({crl_uri})})), ""},
      {"AltNameEmail", alt_name(general_name(1, "a@b.c")), ""},
      {"AltNameEmailNotIa5", alt_name(general_name(1, "\xC3\xA9@b.c")), "malformed subjectAltName"},
      {"AltNameDnsNotIa5", alt_name(general_name(2, "\xC3\xA9.example")),
       "malformed subjectAltName"},
      {"AltNameUri", alt_name(general_name(6, "https://a.example/%41")), ""},
      {"AltNameUriNotIa5", alt_name(general_name(6, "http://\xC3\xA9")),
       "malformed subjectAltName"},
      {"AltNameUriBadEscape", alt_name(general_name(6, "http://a/%4")), "malformed subjectAltName"},
      {"AltNameUriIpv6", alt_name(general_name(6, "http://u@[2001:db8::1]:80/?q#f")), ""},
      {"AltNameUriPort", alt_name(general_name(6, "http://a.example:80")), ""},
      {"AltNameUriBadPort", alt_name(general_name(6, "http://a:x/")), "malformed subjectAltName"},
      {"AltNameUriOpenBracket", alt_name(general_name(6, "http://[::1")),
       "malformed subjectAltName"},
      {"AltNameUriAfterBracket", alt_name(general_name(6, "http://[::1]a")),
       "malformed subjectAltName"},
      {"AltNameUriStrayBracket", alt_name(general_name(6, "http://a]b/")),
       "malformed subjectAltName"},
      {"AltNameUriControl", alt_name(general_name(6, "http://a/\n")), "malformed subjectAltName"},
      {"AltNameIp4", alt_name(general_name(7, "abcd")), ""},
      {"AltNameIp5", alt_name(general_name(7, "abcde")), "malformed subjectAltName"},
      {"AltNameNotASequence", with("2.5.29.17", asn1::null()), "malformed subjectAltName"},
      {"NameConstraintsEmpty", with("2.5.29.30", asn1::sequence({})), "malformed nameConstraints"},
      {"NameConstraintsOtherField", with("2.5.29.30", asn1::sequence({asn1::null()})),
       "malformed nameConstraints"},
      {"NameConstraintsIp",
       with("2.5.29.30",
            asn1::sequence({asn1::explicit_tag(0, asn1::sequence({general_name(7, "abcd")}))})),
       "malformed nameConstraints"},
      {"NameConstraintsDns",
       with("2.5.29.30", asn1::sequence({asn1::explicit_tag(
                             0, asn1::sequence({general_name(2, "a.example")}))})),
       ""},
      {"PoliciesMalformed", with("2.5.29.32", asn1::sequence({asn1::sequence({asn1::null()})})),
       "malformed certificatePolicies"},
      {"TooLarge", with("1.2.3.4", asn1::octet_string(Bytes(65536))), "larger than 64 KiB"},
  };
}
INSTANTIATE_TEST_SUITE_P(Table, Certificates, ::testing::ValuesIn(rows()),
                         [](const auto& each) { return each.param.name; });

TEST(Certificate, EveryCutAndEveryChangedByteIsSurvived) {
  const Bytes whole = made(CertificateBuilder().ca(1).with(testing::ocsp_responder("http://o")));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(Certificate::parse(BytesView(whole).subspan(0, size))) << size;
  }
  const Certificate original = *Certificate::parse(whole);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const unsigned bit : {0U, 5U, 7U}) {
      Bytes changed = whole;
      changed[at] = static_cast<std::uint8_t>(changed[at] ^ (1U << bit));
      const auto other = Certificate::parse(changed);
      // Whatever still reads is not signed any more, unless the change is outside what is signed.
      if (other) EXPECT_FALSE(other->has_signature_of(original)) << at;
    }
  }
}

TEST(Certificate, SaysWhatItReads) {
  const Bytes der = made(CertificateBuilder()
                             .subject(testing::acme("x"))
                             .issuer(testing::acme("y"))
                             .serial(0x1234)
                             .valid("200101000000Z", "491231235959Z")
                             .with(basic_constraints(true, 3, false))
                             .with(testing::key_usage({0, 8}, false))
                             .with(testing::extended_key_usage({"1.3.6.1.5.5.7.3.3"}, true))
                             .with(testing::ocsp_responder("http://o/"))
                             .with(testing::crl_distribution_point("http://c/")));
  const Certificate certificate = *Certificate::parse(der);
  EXPECT_EQ(certificate.subject_text(), "CN=x,O=Acme,ST=WA,C=US");
  EXPECT_EQ(to_string(certificate.issuer()), "CN=y,O=Acme,ST=WA,C=US");
  EXPECT_EQ(to_hex(certificate.serial()), "1234");
  EXPECT_EQ(format_rfc3339(certificate.not_before()), "2020-01-01T00:00:00Z");
  EXPECT_EQ(format_rfc3339(certificate.not_after()), "2049-12-31T23:59:59Z");
  EXPECT_EQ(certificate.version(), 3);
  EXPECT_EQ(certificate.basic_constraints()->path_length, 3);
  EXPECT_FALSE(certificate.basic_constraints()->critical);
  EXPECT_EQ(certificate.key_usage()->bits, 0x101U);
  EXPECT_FALSE(certificate.key_usage()->critical);
  EXPECT_TRUE(certificate.extended_key_usage()->critical);
  EXPECT_EQ(certificate.extended_key_usage()->purposes,
            std::vector<std::string>{std::string(oid::kCodeSigning)});
  EXPECT_EQ(certificate.ocsp_urls(), std::vector<std::string>{"http://o/"});
  EXPECT_EQ(certificate.crl_urls(), std::vector<std::string>{"http://c/"});
  EXPECT_EQ(certificate.thumbprint(), to_hex(crypto::hash(crypto::HashAlgorithm::kSha256, der)));
}

TEST(Certificate, OfVersion1HasNoExtensions) {
  const Certificate certificate =
      *Certificate::parse(made(CertificateBuilder().raw_version({}).ca()));
  EXPECT_EQ(certificate.version(), 1);
  EXPECT_FALSE(certificate.basic_constraints());
  EXPECT_FALSE(certificate.key_usage());
}

TEST(Certificate, IsValidAtBothEndsOfItsPeriod) {
  const Certificate certificate =
      *Certificate::parse(made(CertificateBuilder().valid("200101000000Z", "210101000000Z")));
  const std::pair<const char*, bool> cases[] = {{"2019-12-31T23:59:59.999999999Z", false},
                                                {"2020-01-01T00:00:00Z", true},
                                                {"2021-01-01T00:00:00Z", true},
                                                {"2021-01-01T00:00:00.000000001Z", false}};
  for (const auto& [when, valid] : cases)
    EXPECT_EQ(certificate.valid_at(*parse_rfc3339(when)), valid) << when;
}

TEST(Certificate, EqualityIsThatOfEveryByte) {
  const Bytes der = made(CertificateBuilder());
  EXPECT_EQ(*Certificate::parse(der), *Certificate::parse(der));
  // The same subject, key and serial number, signed again.
  EXPECT_FALSE(*Certificate::parse(der) == *Certificate::parse(made(CertificateBuilder())));
}

struct SignatureRow {
  std::string name;
  KeyKind key;
  SignWith how;
  bool good;
};

// shows: N-289
TEST(Certificate, IsSignedByAllowedAlgorithmsAndStrongKeysOnly) {
  const SignatureRow cases[] = {
      {"RSA SHA-256", KeyKind::kRsa2048, {How::kRsaPkcs1, "SHA256", -1, {}}, true},
      {"RSA SHA-384", KeyKind::kRsa2048, {How::kRsaPkcs1, "SHA384", -1, {}}, true},
      {"RSA SHA-512", KeyKind::kRsa3072, {How::kRsaPkcs1, "SHA512", -1, {}}, true},
      {"RSA SHA-1", KeyKind::kRsa2048, {How::kRsaPkcs1, "SHA1", -1, {}}, false},
      {"RSA 1024", KeyKind::kRsa1024, {How::kRsaPkcs1, "SHA256", -1, {}}, false},
      {"PSS SHA-256", KeyKind::kRsa2048, {How::kRsaPss, "SHA256", -1, {}}, true},
      {"PSS SHA-384", KeyKind::kRsa2048, {How::kRsaPss, "SHA384", -1, {}}, true},
      {"PSS SHA-512", KeyKind::kRsa2048, {How::kRsaPss, "SHA512", -1, {}}, true},
      {"PSS SHA-1", KeyKind::kRsa2048, {How::kRsaPss, "SHA1", -1, {}}, false},
      {"PSS salt 20", KeyKind::kRsa2048, {How::kRsaPss, "SHA256", 20, {}}, false},
      {"PSS salt 64", KeyKind::kRsa2048, {How::kRsaPss, "SHA256", 64, {}}, false},
      {"PSS other MGF1 hash", KeyKind::kRsa2048, {How::kRsaPss, "SHA256", -1, "SHA1"}, false},
      {"ECDSA SHA-256", KeyKind::kP256, {How::kEcdsa, "SHA256", -1, {}}, true},
      {"ECDSA SHA-384", KeyKind::kP384, {How::kEcdsa, "SHA384", -1, {}}, true},
      {"ECDSA SHA-512", KeyKind::kP521, {How::kEcdsa, "SHA512", -1, {}}, true},
      {"ECDSA P-256 SHA-512", KeyKind::kP256, {How::kEcdsa, "SHA512", -1, {}}, true},
      {"ECDSA SHA-1", KeyKind::kP256, {How::kEcdsa, "SHA1", -1, {}}, false},
      {"ECDSA P-224", KeyKind::kP224, {How::kEcdsa, "SHA256", -1, {}}, false},
      {"Ed25519", KeyKind::kEd25519, {How::kEd25519, {}, -1, {}}, true},
  };
  for (const SignatureRow& row : cases) {
    const auto certificate =
        Certificate::parse(CertificateBuilder().of(key(row.key)).sign_with(key(row.key), row.how));
    ASSERT_THAT(certificate, IsOk()) << row.name;
    EXPECT_EQ(certificate->has_signature_of(*certificate), row.good) << row.name;
  }
}

TEST(Certificate, TheNamedAlgorithmIsTheOneThatIsUsed) {
  // Signed with SHA-256, says SHA-384; and the other way round.
  for (const auto& [says, signs] : {std::pair("SHA384", "SHA256"), std::pair("SHA256", "SHA384")}) {
    const auto certificate = Certificate::parse(
        CertificateBuilder()
            .inner_algorithm(testing::algorithm_identifier({How::kEcdsa, says, -1, {}}))
            .sign_with(key(KeyKind::kP256), {How::kEcdsa, signs, -1, {}}));
    EXPECT_FALSE(certificate->has_signature_of(*certificate));
  }
  const Bytes unknown = asn1::sequence({asn1::oid("1.2.3.4")});
  const auto certificate = Certificate::parse(
      CertificateBuilder().inner_algorithm(unknown).sign_with(key(KeyKind::kP256)));
  EXPECT_FALSE(certificate->signature_method());
  EXPECT_FALSE(certificate->has_signature_of(*certificate));
}

}  // namespace
}  // namespace countersign::x509
