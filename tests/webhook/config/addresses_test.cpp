#include "config/addresses.hpp"

#include <gtest/gtest.h>

#include "support/matchers.hpp"

namespace countersign::config {
namespace {

struct Case {
  std::string text;
  std::string want;  // the normal form, or the message
};

template <class T>
std::string shown(const Result<T>& result) {
  return result ? result->to_string() : result.error().message();
}

class SocketAddresses : public ::testing::TestWithParam<Case> {};
TEST_P(SocketAddresses, ReadOrRefused) {
  EXPECT_EQ(shown(SocketAddress::parse(GetParam().text)), GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(
    Table, SocketAddresses,
    ::testing::Values(
        Case{"0.0.0.0:9443", "0.0.0.0:9443"}, Case{"127.0.0.1:0", "127.0.0.1:0"},
        Case{"10.1.2.3:65535", "10.1.2.3:65535"}, Case{"[::]:9443", "[::]:9443"},
        Case{"[::1]:1", "[::1]:1"}, Case{"[0:0:0::1]:1", "[::1]:1"},
        Case{"", "\"\" has no port; want an address such as \"0.0.0.0:9443\""},
        Case{"0.0.0.0", "\"0.0.0.0\" has no port; want an address such as \"0.0.0.0:9443\""},
        Case{"[::1]", "\"[::1]\" has no port; want an address such as \"0.0.0.0:9443\""},
        Case{"9443", "\"9443\" has no port; want an address such as \"0.0.0.0:9443\""},
        Case{":9443", "\":9443\" names no address; for all of them write \"0.0.0.0:9443\""},
        Case{"*:9443", "\"*:9443\" names no address; for all of them write \"0.0.0.0:9443\""},
        Case{"localhost:1", "\"localhost\" is not an IP address; did you mean \"127.0.0.1:1\"?"},
        Case{"shop.example:1", "\"shop.example\" is not an IP address"},
        Case{"::1:9443", "an IPv6 address needs brackets; did you mean \"[::1]:9443\"?"},
        Case{"[127.0.0.1]:1", "brackets are for IPv6 addresses only"},
        Case{"[]:1", "\"\" is not an IP address"}, Case{"[::g]:1", "\"::g\" is not an IP address"},
        Case{"[fe80::1%eth0]:1", "\"fe80::1%eth0\" is not an IP address"},
        Case{"0.0.0.0:", "\"\" is not a port; want 0 to 65535"},
        Case{"0.0.0.0:65536", "\"65536\" is not a port; want 0 to 65535"},
        Case{"0.0.0.0:-1", "\"-1\" is not a port; want 0 to 65535"},
        Case{"0.0.0.0:080", "\"080\" is not a port; want 0 to 65535"},
        Case{"0.0.0.0:http", "\"http\" is not a port; want 0 to 65535"},
        Case{"0.0.0:1", "\"0.0.0\" is not an IP address"},
        Case{"256.0.0.1:1", "\"256.0.0.1\" is not an IP address"},
        Case{"0x7f.0.0.1:1", "\"0x7f.0.0.1\" is not an IP address"}));

class EgressNetworks : public ::testing::TestWithParam<Case> {};
TEST_P(EgressNetworks, ReadOrRefused) {
  EXPECT_EQ(shown(parse_egress_network(GetParam().text)), GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(
    Table, EgressNetworks,
    ::testing::Values(
        Case{"10.0.0.0/8", "10.0.0.0/8"}, Case{"fd00::/8", "fd00::/8"},
        Case{"0.0.0.0/0", "0.0.0.0/0"}, Case{"169.254.0.0/15", "169.254.0.0/15"},
        Case{"corp.example/8",
             "\"corp.example/8\" is not a network; want one such as \"10.0.0.0/8\""},
        Case{"169.254.0.0/16",
             "\"169.254.0.0/16\" is link-local, where metadata services live; it is never allowed"},
        Case{"169.254.169.254/32",
             "\"169.254.169.254/32\" is link-local, where metadata services live; it is never "
             "allowed"},
        Case{"fe80::/10",
             "\"fe80::/10\" is link-local, where metadata services live; it is never allowed"}));

class Registries : public ::testing::TestWithParam<Case> {};
TEST_P(Registries, ReadOrRefused) {
  const auto got = RegistryPattern::parse(GetParam().text);
  EXPECT_EQ(got ? got->text : got.error().message(), GetParam().want);
}
const std::string kNotHost =
    " must be host or host:port in lower case, without anything else; did you mean \"a.io\"?";
const std::string kStar = ": a \"*\" can only be the first label, as in \"*.azurecr.io\"";
INSTANTIATE_TEST_SUITE_P(
    Table, Registries,
    ::testing::Values(
        Case{"shop.azurecr.io", "shop.azurecr.io"}, Case{"registry:5000", "registry:5000"},
        Case{"127.0.0.1:5000", "127.0.0.1:5000"}, Case{"[::1]:5000", "[::1]:5000"},
        Case{"localhost", "localhost"}, Case{"docker.io", "docker.io"},
        Case{"registry-1.docker.io", "\"registry-1.docker.io\": Docker Hub is called docker.io"},
        Case{"shop.azurecr.io:443", "shop.azurecr.io:443"}, Case{"*.azurecr.io", "*.azurecr.io"},
        Case{"*.corp.example", "*.corp.example"},
        Case{"index.docker.io", "\"index.docker.io\" is named \"docker.io\" in images; write that"},
        Case{"A.io", "\"A.io\"" + kNotHost}, Case{"https://a.io", "\"https://a.io\"" + kNotHost},
        Case{"http://A.io/v2/", "\"http://A.io/v2/\"" + kNotHost},
        Case{"a.io/team", "\"a.io/team\"" + kNotHost}, Case{" a.io", "\" a.io\"" + kNotHost},
        Case{"*", "\"*\"" + kStar}, Case{"*io", "\"*io\"" + kStar},
        Case{"a.*.io", "\"a.*.io\"" + kStar}, Case{"*.*.io", "\"*.*.io\"" + kStar},
        Case{"*.azurecr.io:443", "\"*.azurecr.io:443\": a \"*\" does not go with a port"},
        Case{"*.0.0.1", "\"*.0.0.1\": a \"*\" does not go with an IP address"},
        Case{"*.[::1]", "\"*.[::1]\": a \"*\" does not go with an IP address"},
        Case{"*.", "\"\": not a host name"}, Case{"a..io", "\"a..io\": not a host name"},
        Case{"-a.io", "\"-a.io\": not a host name"}, Case{"a_b.io", "\"a_b.io\": not a host name"},
        Case{"a.io:", "\"a.io:\": not a host name"},
        Case{"a.io:0", "\"a.io:0\": the port must be 1 to 65535 without leading zeros"},
        Case{"a.io:65536", "\"a.io:65536\": the port must be 1 to 65535 without leading zeros"},
        Case{"127.1", "\"127.1\": an IPv4 address is four decimal numbers"},
        Case{"1.2.3.256", "\"1.2.3.256\": an IPv4 address is four decimal numbers"},
        Case{"user@a.io", "\"user@a.io\": not a host name"},
        Case{"shop",
             "\"shop\" is no registry that an image can name: \"shop/app\" means "
             "\"docker.io/shop/app\"; a "
             "registry has a dot or a port"}));

TEST(Registries, KnowLoopback) {
  for (const char* text :
       {"127.0.0.1:5000", "127.9.9.9", "localhost:5000", "localhost", "[::1]:5000"}) {
    EXPECT_TRUE(RegistryPattern::parse(text)->is_loopback()) << text;
  }
  for (const char* text :
       {"128.0.0.1:5000", "10.0.0.1", "localhost.example", "[::2]:5000", "a.io", "*.localhost"}) {
    EXPECT_FALSE(RegistryPattern::parse(text)->is_loopback()) << text;
  }
}

}  // namespace
}  // namespace countersign::config
