#include "x509/name.hpp"

#include <gtest/gtest.h>

#include "support/pki.hpp"
#include "x509/der.hpp"

namespace countersign::x509 {
namespace {

using namespace std::string_literals;
namespace asn1 = testing::asn1;

std::string shown(const Bytes& der) {
  const auto name = parse_name(der);
  return name ? to_string(*name) : "none";
}

TEST(Name, ShowsTheLastRdnFirst) {
  EXPECT_EQ(shown(testing::name({{"C", "US"}, {"ST", "WA"}, {"O", "Acme, Inc"}, {"CN", "#1 <x>"}})),
            "CN=\\#1 \\<x\\>,O=Acme\\, Inc,ST=WA,C=US");
  EXPECT_EQ(shown(testing::name({{"1.2.840.113549.1.9.1", "a@b.c", 0x16}})),
            "1.2.840.113549.1.9.1=a@b.c");
  EXPECT_EQ(shown(testing::name({{"CN", " x "}})), "CN=\\ x\\ ");
  EXPECT_EQ(shown(asn1::sequence({})), "");
}

struct StringCase {
  std::uint8_t tag;
  std::string raw;
  std::string want;  // UTF-8, or "none"
};

TEST(Name, ReadsEachStringTypeAndNothingOutsideIt) {
  const StringCase cases[] = {
      {der::kUtf8String, "caf\xC3\xA9", "caf\xC3\xA9"},
      {der::kUtf8String, "caf\xE9", "none"},
      {der::kUtf8String, "\xED\xA0\x80", "none"},
      {der::kPrintableString, "Acme Inc. (*&)", "Acme Inc. (*&)"},
      {der::kPrintableString, "a_b", "none"},
      {der::kPrintableString, "a@b", "none"},
      {der::kPrintableString, "a\0"s, "none"},
      {der::kIa5String, "a@b_\x7F", "a@b_\x7F"},
      {der::kIa5String, "\x80", "none"},
      {der::kNumericString, "12 3", "12 3"},
      {der::kNumericString, "12a", "none"},
      {der::kT61String, "caf\xE9", "caf\xC3\xA9"},
      {der::kBmpString, "\0c\0a\0f\0\xE9"s, "caf\xC3\xA9"},
      {der::kBmpString, "\0c\0"s, "none"},
      {der::kBmpString, "\xD8\x3D\xDC\x33", "none"},
      {0x1C, "\0\0\0c"s, "none"},  // UniversalString
      {der::kOctetString, "x", "none"},
      {0x2C, "x", "none"},  // constructed UTF8String
  };
  for (const StringCase& each : cases) {
    const auto name = parse_name(testing::name({{"CN", each.raw, each.tag}}));
    EXPECT_EQ(name ? (*name)[0][0].value : "none", each.want) << int{each.tag} << " " << each.raw;
  }
}

TEST(Name, RefusesBrokenStructure) {
  const Bytes type = asn1::oid("2.5.4.3");
  const Bytes value = asn1::text(der::kUtf8String, "x");
  const Bytes pair = asn1::sequence({type, value});
  EXPECT_EQ(shown(asn1::sequence({asn1::set({pair, pair})})), "CN=x+CN=x");
  const Bytes cases[] = {
      {},
      asn1::set({asn1::set({pair})}),
      asn1::sequence({asn1::sequence({pair})}),
      asn1::sequence({asn1::set({asn1::set({type, value})})}),
      asn1::sequence({asn1::set({asn1::sequence({type})})}),
      asn1::sequence({asn1::set({asn1::sequence({value, type})})}),
      asn1::sequence({asn1::set({asn1::sequence({type, value, value})})}),
      asn1::sequence({asn1::set({asn1::sequence({asn1::tlv(0x06, {}), value})})}),
      asn1::sequence({asn1::set({asn1::sequence({*from_hex("0603550480"), value})})}),
      asn1::join({testing::acme("x"), asn1::null()}),
  };
  for (const Bytes& each : cases) EXPECT_EQ(shown(each), "none") << to_hex(each);
}

}  // namespace
}  // namespace countersign::x509
