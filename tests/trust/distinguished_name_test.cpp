#include "trust/distinguished_name.hpp"

#include <gtest/gtest.h>

#include "support/matchers.hpp"
#include "support/pki.hpp"

namespace countersign::trust {
namespace {

using countersign::testing::Attribute;
using countersign::testing::FailsWith;

/// "A=b|C=d" in the order of the types, or the reason.
std::string shown(const Result<DistinguishedName>& name) {
  if (!name) {
    EXPECT_EQ(name.error().outcome(), Outcome::kIdentityMismatch);
    return std::string(name.error().reason().id());
  }
  std::string text;
  for (const auto& [type, value] : *name) text += (text.empty() ? "" : "|") + type + "=" + value;
  return text;
}

/// The same of a subject; what stands there twice has a '!' before it.
std::string shown(const SubjectAttributes& subject) {
  std::string text;
  for (const auto& [type, value] : subject.values) {
    text += (text.empty() ? "" : "|") + std::string(subject.repeated.contains(type) ? "!" : "") +
            type + "=" + value;
  }
  return text;
}

struct Case {
  std::string text;
  std::string want;
};

TEST(DistinguishedName, ParsesOrBreaksThisRule) {
  const Case cases[] = {
      {"C=US,ST=WA,O=Acme", "C=US|O=Acme|ST=WA"},
      {" C = US , ST = WA , O = Acme ", "C=US|O=Acme|ST=WA"},
      // shows: N-379
      {"C=US;ST=WA;O=Acme", "C=US|O=Acme|ST=WA"},
      // shows: N-371
      {"C=US,S=WA,O=Acme", "C=US|O=Acme|ST=WA"},
      // shows: N-372
      {"C=US,S=WA,ST=WA,O=Acme", "PO-53"},
      // shows: N-373
      {"ST=WA,O=Acme", "PO-54"},
      {"C=US,O=Acme", "PO-54"},
      {"C=US,ST=WA", "PO-54"},
      {"C=,ST=WA,O=Acme", "PO-54"},
      {"C=US,ST=WA,O=", "PO-54"},
      // shows: N-370
      {"C=US,ST=WA,o=Acme", "PO-54"},
      {"c=US,ST=WA,O=Acme", "PO-54"},
      {"C=US,ST=WA,O=Acme,cn=x,CN=y", "C=US|CN=y|O=Acme|ST=WA|cn=x"},
      {"C=US,ST=WA,O=Acme,2.5.4.3=x", "2.5.4.3=x|C=US|O=Acme|ST=WA"},
      // shows: N-380
      {"C=US,ST=WA,O=Acme,CN=a+OU=b", "PO-51"},
      {"C=US,ST=WA,O=a\\+b", "C=US|O=a+b|ST=WA"},
      // shows: N-381
      {"C=US,C=CA,ST=WA,O=Acme", "PO-53"},
      {"C=US,ST=WA,O=Acme,OU=,OU=x", "C=US|O=Acme|OU=x|ST=WA"},
      {"C=US,ST=WA,O=Acme,OU=x,OU=", "PO-53"},
      // shows: N-382
      {"C=US,ST=WA,O=Acme,", "PO-50"},
      {"C=US,ST=WA,O=Acme;", "PO-50"},
      {"C=US,,ST=WA,O=Acme", "PO-50"},
      {",C=US,ST=WA,O=Acme", "PO-50"},
      {"C=US,ST=WA,O=Acme,x", "PO-50"},
      {"C=US,ST=WA,O=Acme,=x", "PO-50"},
      {"C=US,ST=WA,O=Acme, =x", "PO-50"},
      {"", "PO-50"},
      {" ", "PO-50"},
      {"*", "PO-50"},
      // shows: N-383
      {"C=US,ST=WA,O=Acme\\, Inc", "C=US|O=Acme, Inc|ST=WA"},
      // shows: N-384
      {"C=US,ST=WA,O=caf\\C3\\A9", "C=US|O=caf\xC3\xA9|ST=WA"},
      {"C=US,ST=WA,O=a\\=b=c", "C=US|O=a=b=c|ST=WA"},
      {"C=US,ST=WA,O=\\ a\\ ", "C=US|O= a |ST=WA"},
      {"C=US,ST=WA,O=a  \\  ", "C=US|O=a   |ST=WA"},
      {"C=US,ST=WA,O=\"a\"", "C=US|O=\"a\"|ST=WA"},
      // shows: N-385
      {"C=US,ST=WA,O=a\\q", "PO-50"},
      {"C=US,ST=WA,O=a\\", "PO-50"},
      {"C=US,ST=WA,O=a\\4", "PO-50"},
      {"C=US,ST=WA,O=a\\4g", "PO-50"},
      {"C=US,ST=WA,O=Acme,C\\4E=x", "PO-50"},
      // shows: N-386
      {"C=US,ST=WA,O=Acme,CN=#04024869", "PO-50"},
      {"C=US,ST=WA,O=Acme,CN=a=#b", "PO-50"},
      {"C=US,ST=WA,O=Acme,CN=a#b", "C=US|CN=a#b|O=Acme|ST=WA"},
      {"C=US,ST=WA,O=Acme,CN=\\#b", "C=US|CN=#b|O=Acme|ST=WA"},
  };
  for (const auto& [text, want] : cases)
    EXPECT_EQ(shown(parse_distinguished_name(text)), want) << text;
}

std::string subject(std::vector<Attribute> more, bool with_organization = true) {
  std::vector<Attribute> all = {{"C", "US", 0x13}, {"ST", "WA"}};
  if (with_organization) all.push_back({"O", "Acme"});
  all.insert(all.end(), more.begin(), more.end());
  return shown(subject_attributes(*x509::parse_name(testing::name(all))));
}

// shows: N-391
TEST(SubjectAttributes, AreAMapOfWhatHasAName) {
  EXPECT_EQ(subject({{"CN", "x"},
                     {"L", "l"},
                     {"STREET", "s"},
                     {"POSTALCODE", "p"},
                     {"SERIALNUMBER", "n"},
                     {"OU", "u"}}),
            "C=US|CN=x|L=l|O=Acme|OU=u|POSTALCODE=p|SERIALNUMBER=n|ST=WA|STREET=s");
  EXPECT_EQ(subject({{"CN", "Bad=#CN"}}), "C=US|CN=Bad=#CN|O=Acme|ST=WA");
  EXPECT_EQ(subject({{"CN", "#CN"}}), "C=US|CN=#CN|O=Acme|ST=WA");
  for (const auto& [type, value] : std::vector<std::pair<std::string, std::string>>{
           {"1.2.840.113549.1.9.1", "a@b.c"},      // emailAddress
           {"0.9.2342.19200300.100.1.25", "com"},  // DC
           {"0.9.2342.19200300.100.1.1", "me"},    // UID
           {"2.5.4.15", "Private Organization"},   // businessCategory
           {"1.3.6.1.4.1.311.60.2.1.3", "US"},     // jurisdictionCountryName
           {"2.5.4.97", "VATDE-123456789"},        // organizationIdentifier
           {"2.5.4.42", "given"},
           {"2.5.4.3.1", "x"}}) {
    EXPECT_EQ(subject({{type, value}}), "C=US|O=Acme|ST=WA") << type;
  }
  EXPECT_EQ(subject({{"OU", "a"}, {"OU", "b"}}), "C=US|O=Acme|!OU=a|ST=WA");
  EXPECT_EQ(subject({{"O", "Acme"}}), "C=US|!O=Acme|ST=WA");
  EXPECT_EQ(subject({{"CN", "a"}, {"CN", "b"}}), "C=US|!CN=a|O=Acme|ST=WA");
  EXPECT_EQ(subject({}, false), "C=US|ST=WA");
}

// shows: N-387 N-388 N-389 N-390
TEST(Matches, WhatTheIdentityNamesMustStandThereOnce) {
  const auto matched = [](std::string_view identity, std::vector<Attribute> more) {
    std::vector<Attribute> all = {{"C", "US", 0x13}, {"ST", "WA"}, {"O", "Acme"}};
    all.insert(all.end(), more.begin(), more.end());
    return matches(*parse_distinguished_name(identity),
                   subject_attributes(*x509::parse_name(testing::name(all))));
  };
  constexpr std::string_view kBase = "C=US, ST=WA, O=Acme";
  EXPECT_TRUE(matched(kBase, {{"1.2.840.113549.1.9.1", "a@b.c", 0x16}}));
  EXPECT_TRUE(matched(kBase, {{"OU", "a"}, {"OU", "b"}}));
  EXPECT_TRUE(matched(kBase, {{"CN", "Bad=#CN"}}));
  EXPECT_FALSE(matched(kBase, {{"O", "Acme"}})) << "twice, though with one value";
  EXPECT_FALSE(matched("C=US, ST=WA, O=Acme, OU=a", {{"OU", "a"}, {"OU", "b"}}));
  EXPECT_FALSE(matched("C=US, ST=WA, O=Acme, OU=", {{"OU", "a"}, {"OU", "b"}}));
  EXPECT_FALSE(matched("C=US, ST=WA, O=Acme, CN=b", {{"CN", "a"}, {"CN", "b"}}));
  EXPECT_EQ(unknown_type(*parse_distinguished_name("C=US, ST=WA, O=Acme, E=a@b.c")), "E");
  EXPECT_EQ(unknown_type(*parse_distinguished_name(kBase)), "");
}

TEST(SubjectAttributes, TheStringTypeDoesNotMatter) {
  EXPECT_EQ(subject({{"CN", std::string("\0x", 2), 0x1E}}), subject({{"CN", "x", 0x13}}));
}

TEST(SubjectAttributes, SeveralInOneRdnAreLikeSeveralRdns) {
  namespace asn1 = testing::asn1;
  const auto pair = [](const char* oid, const char* value) {
    return asn1::sequence({asn1::oid(oid), asn1::text(0x0C, value)});
  };
  const Bytes name = asn1::sequence(
      {asn1::set({pair("2.5.4.6", "US"), pair("2.5.4.8", "WA"), pair("2.5.4.10", "Acme")})});
  EXPECT_EQ(shown(subject_attributes(*x509::parse_name(name))), "C=US|O=Acme|ST=WA");
  const Bytes twice =
      asn1::sequence({asn1::set({pair("2.5.4.6", "US"), pair("2.5.4.8", "WA"),
                                 pair("2.5.4.10", "Acme"), pair("2.5.4.10", "Evil")})});
  EXPECT_EQ(shown(subject_attributes(*x509::parse_name(twice))), "C=US|!O=Acme|ST=WA");
}

// shows: N-368 N-369 N-374 N-392
TEST(IsSubset, EveryAttributeOfTheIdentityHasThatValue) {
  const DistinguishedName leaf = {
      {"C", "US"}, {"ST", "WA"}, {"O", "Notary"}, {"L", "Seattle"}, {"CN", "e2e"}};
  const std::pair<std::string, bool> cases[] = {
      {"CN=e2e,O=Notary,L=Seattle,ST=WA,C=US", true},
      {"C=US,ST=WA,O=Notary", true},
      {"O=Notary,C=US,ST=WA,CN=e2e", true},
      {"C=US,ST=WA,O=Notary,OU=", true},
      {"C=USB,ST=WA,O=Notary", false},
      {"C=US,ST=WA,O=notary", false},
      {"C=US,ST=WA,O=Notar", false},
      {"C=US,ST=WA,O=Notary ,CN=e2", false},
      {"C=US,ST=WA,O=Notary,OU=x", false},
      {"C=US,ST=WA,O=Notary,cn=e2e", false},
      {"C=US,ST=WA,O=Notary,L=", false},
  };
  for (const auto& [identity, matches] : cases) {
    EXPECT_EQ(is_subset(*parse_distinguished_name(identity), leaf), matches) << identity;
  }
}

TEST(DistinguishedName, MessagesStayShort) {
  const std::string type(5000, 'x');
  EXPECT_LT(parse_distinguished_name(type + "=1," + type + "=2").error().message().size(), 400U);
}

}  // namespace
}  // namespace countersign::trust
