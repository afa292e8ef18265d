#include "base/ip_address.hpp"

#include <gtest/gtest.h>

#include "support/matchers.hpp"

namespace countersign {
namespace {

using testing::FailsWith;

struct AddressCase {
  std::string text;
  std::string want;  // "-" if refused
  std::string want_v6;
};
class IpAddresses : public ::testing::TestWithParam<AddressCase> {};
TEST_P(IpAddresses, ReadOrRefused) {
  const auto got = IpAddress::parse(GetParam().text);
  EXPECT_EQ(got ? got->to_string() : "-", GetParam().want);
  if (got) EXPECT_EQ(got->to_v6_string(), GetParam().want_v6);
}
INSTANTIATE_TEST_SUITE_P(
    Table, IpAddresses,
    ::testing::Values(AddressCase{"10.1.2.3", "10.1.2.3", "::ffff:10.1.2.3"},
                      AddressCase{"0.0.0.0", "0.0.0.0", "::ffff:0.0.0.0"},
                      AddressCase{"::ffff:10.1.2.3", "10.1.2.3", "::ffff:10.1.2.3"},
                      AddressCase{"::1", "::1", "::1"}, AddressCase{"::", "::", "::"},
                      AddressCase{"FD00:0::1", "fd00::1", "fd00::1"}, AddressCase{"", "-", ""},
                      AddressCase{"10.1.2", "-", ""}, AddressCase{"10.1.2.256", "-", ""},
                      AddressCase{"010.1.2.3", "-", ""}, AddressCase{"0x7f.0.0.1", "-", ""},
                      AddressCase{"2130706433", "-", ""}, AddressCase{"[::1]", "-", ""},
                      AddressCase{"fe80::1%eth0", "-", ""}, AddressCase{"::g", "-", ""},
                      AddressCase{" ::1", "-", ""}));

TEST(IpAddress, IsTheSameInBothNotations) {
  EXPECT_EQ(IpAddress::parse("10.1.2.3"), IpAddress::parse("::ffff:a01:203"));
  EXPECT_EQ(IpAddress::parse("10.1.2.3"), IpAddress::v4(0x0A010203));
  EXPECT_TRUE(IpAddress::parse("::ffff:10.1.2.3")->is_v4());
  EXPECT_FALSE(IpAddress::parse("::10.1.2.3")->is_v4());
}

struct Case {
  std::string text;
  std::string want;  // the normal form, or the message
};
class Networks : public ::testing::TestWithParam<Case> {};
TEST_P(Networks, ReadOrRefused) {
  const auto got = Cidr::parse(GetParam().text);
  EXPECT_EQ(got ? got->to_string() : got.error().message(), GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(
    Table, Networks,
    ::testing::Values(
        Case{"10.0.0.0/8", "10.0.0.0/8"}, Case{"192.168.1.7/32", "192.168.1.7/32"},
        Case{"0.0.0.0/0", "0.0.0.0/0"}, Case{"172.16.0.0/12", "172.16.0.0/12"},
        Case{"fd00::/8", "fd00::/8"}, Case{"::1/128", "::1/128"}, Case{"FD00:0::/8", "fd00::/8"},
        Case{"10.0.0.1", "\"10.0.0.1\" has no prefix length; did you mean \"10.0.0.1/32\"?"},
        Case{"::1", "\"::1\" has no prefix length; did you mean \"::1/128\"?"},
        Case{"10.0.0.1/8",
             "\"10.0.0.1/8\" has bits after its prefix; did you mean \"10.0.0.0/8\"?"},
        Case{"172.31.0.0/12",
             "\"172.31.0.0/12\" has bits after its prefix; did you mean \"172.16.0.0/12\"?"},
        Case{"10.0.0.0/33", "\"10.0.0.0/33\" has no such prefix length; want 0 to 32"},
        Case{"fd00::/129", "\"fd00::/129\" has no such prefix length; want 0 to 128"},
        Case{"10.0.0.0/", "\"10.0.0.0/\" has no such prefix length; want 0 to 32"},
        Case{"10.0.0.0/-8", "\"10.0.0.0/-8\" has no such prefix length; want 0 to 32"},
        Case{"10.0.0.0/08", "\"10.0.0.0/08\" has no such prefix length; want 0 to 32"},
        Case{"10.0.0.0/255.0.0.0",
             "\"10.0.0.0/255.0.0.0\" has no such prefix length; want 0 to 32"},
        Case{"10.0.0/8", "\"10.0.0/8\" is not a network; want one such as \"10.0.0.0/8\""},
        Case{"", "\"\" is not a network; want one such as \"10.0.0.0/8\""},
        Case{"corp.example/8",
             "\"corp.example/8\" is not a network; want one such as \"10.0.0.0/8\""},
        Case{"10.0.0.0/8x", "\"10.0.0.0/8x\" has no such prefix length; want 0 to 32"},
        Case{"fd00::1/8", "\"fd00::1/8\" has bits after its prefix; did you mean \"fd00::/8\"?"},
        Case{"/8", "\"/8\" is not a network; want one such as \"10.0.0.0/8\""},
        Case{"169.254.0.0/16", "169.254.0.0/16"},
        Case{"::ffff:10.0.0.0/104", "::ffff:10.0.0.0/104"},
        Case{"::ffff:10.0.0.1/104",
             "\"::ffff:10.0.0.1/104\" has bits after its prefix; did you mean "
             "\"::ffff:10.0.0.0/104\"?"}));

TEST(Cidr, SaysThatItIsOne) {
  EXPECT_THAT(Cidr::parse("x/8"), FailsWith(Outcome::kInternalError, "CIDR"));
}

TEST(Cidr, ContainsItsNetworkOnly) {
  const Cidr cidr = *Cidr::parse("10.16.0.0/12");
  EXPECT_TRUE(cidr.contains(*IpAddress::parse("10.31.255.255")));
  EXPECT_FALSE(cidr.contains(*IpAddress::parse("10.32.0.0")));
  EXPECT_TRUE(Cidr::parse("0.0.0.0/0")->contains(*IpAddress::parse("8.8.8.8")));
  EXPECT_FALSE(Cidr::parse("0.0.0.0/0")->contains(*IpAddress::parse("2001:db8::1")));
  EXPECT_TRUE(Cidr::parse("fd00::/8")->contains(*IpAddress::parse("fdff::1")));
}

TEST(Cidr, ContainsSmallerNetworks) {
  const Cidr cidr = *Cidr::parse("10.16.0.0/12");
  EXPECT_TRUE(cidr.contains(cidr));
  EXPECT_TRUE(cidr.contains(*Cidr::parse("10.17.0.0/16")));
  EXPECT_TRUE(cidr.contains(*Cidr::parse("::ffff:10.17.0.0/112")));
  EXPECT_FALSE(cidr.contains(*Cidr::parse("10.0.0.0/11")));
  EXPECT_FALSE(cidr.contains(*Cidr::parse("10.32.0.0/12")));
}

TEST(IpAddress, HasNoNul) {
  using namespace std::string_view_literals;
  EXPECT_FALSE(IpAddress::parse("127.0.0.1\0"sv));
  EXPECT_FALSE(IpAddress::parse("::1\0:1"sv));
  EXPECT_FALSE(Cidr::parse("169.254.0.0\0:/112"sv));
}

}  // namespace
}  // namespace countersign
