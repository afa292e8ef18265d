#include "adapters/http/address_policy.hpp"

#include <gtest/gtest.h>

#include "support/matchers.hpp"

namespace countersign::http {
namespace {

using testing::FailsWith;
using testing::IsOk;

struct AddressCase {
  const char* address;
  AddressClass want;  ///< the worst of what it embeds
};
class AddressClasses : public ::testing::TestWithParam<AddressCase> {};
TEST_P(AddressClasses, OfTheTable) {
  const auto address = IpAddress::parse(GetParam().address);
  ASSERT_TRUE(address);
  AddressClass worst = AddressClass::kPublic;
  for (const IpAddress& each : embedded_addresses(*address))
    worst = std::max(worst, classify(each));
  EXPECT_EQ(name(worst), name(GetParam().want)) << GetParam().address;
}
INSTANTIATE_TEST_SUITE_P(
    Table, AddressClasses,
    ::testing::Values(AddressCase{"8.8.8.8", AddressClass::kPublic},
                      AddressCase{"2606:4700::1", AddressClass::kPublic},
                      AddressCase{"172.15.255.255", AddressClass::kPublic},
                      AddressCase{"172.32.0.1", AddressClass::kPublic},
                      AddressCase{"100.128.0.1", AddressClass::kPublic},
                      AddressCase{"::ffff:8.8.8.8", AddressClass::kPublic},
                      AddressCase{"64:ff9b::8.8.8.8", AddressClass::kPublic},
                      AddressCase{"2002:808:808::1", AddressClass::kPublic},
                      AddressCase{"127.0.0.1", AddressClass::kLoopback},
                      AddressCase{"127.255.255.254", AddressClass::kLoopback},
                      AddressCase{"::1", AddressClass::kLoopback},
                      AddressCase{"::ffff:127.0.0.1", AddressClass::kLoopback},
                      AddressCase{"::127.0.0.1", AddressClass::kLoopback},
                      AddressCase{"2002:7f00:1::", AddressClass::kLoopback},
                      AddressCase{"64:ff9b::127.0.0.1", AddressClass::kLoopback},
                      AddressCase{"64:ff9b:1::127.0.0.1", AddressClass::kLoopback},
                      AddressCase{"64:ff9b:1:7f00:0:100::", AddressClass::kLoopback},
                      AddressCase{"2001:0:808:808::80ff:fffe",
                                  AddressClass::kLoopback},  // Teredo client 127.0.0.1
                      AddressCase{"10.0.0.1", AddressClass::kPrivate},
                      AddressCase{"172.16.0.1", AddressClass::kPrivate},
                      AddressCase{"192.168.255.255", AddressClass::kPrivate},
                      AddressCase{"100.64.0.1", AddressClass::kPrivate},
                      AddressCase{"fd00::1", AddressClass::kPrivate},
                      AddressCase{"fec0::1", AddressClass::kPrivate},
                      AddressCase{"::ffff:10.0.0.1", AddressClass::kPrivate},
                      AddressCase{"2002:a00:1::", AddressClass::kPrivate},
                      AddressCase{"169.254.169.254", AddressClass::kLinkLocal},
                      AddressCase{"169.254.170.2", AddressClass::kLinkLocal},
                      AddressCase{"168.63.129.16", AddressClass::kLinkLocal},
                      AddressCase{"100.100.100.200", AddressClass::kLinkLocal},
                      AddressCase{"192.0.0.192", AddressClass::kLinkLocal},
                      AddressCase{"fe80::1", AddressClass::kLinkLocal},
                      AddressCase{"febf::1", AddressClass::kLinkLocal},
                      AddressCase{"fd00:ec2::254", AddressClass::kLinkLocal},
                      AddressCase{"fd00:ec2::23", AddressClass::kLinkLocal},
                      AddressCase{"fd20:ce::254", AddressClass::kLinkLocal},
                      AddressCase{"::ffff:169.254.169.254", AddressClass::kLinkLocal},
                      AddressCase{"64:ff9b::169.254.169.254", AddressClass::kLinkLocal},
                      AddressCase{"0.0.0.0", AddressClass::kReserved},
                      AddressCase{"0.1.2.3", AddressClass::kReserved},
                      AddressCase{"::", AddressClass::kReserved},
                      AddressCase{"224.0.0.1", AddressClass::kReserved},
                      AddressCase{"240.0.0.1", AddressClass::kReserved},
                      AddressCase{"255.255.255.255", AddressClass::kReserved},
                      AddressCase{"192.0.0.1", AddressClass::kReserved},
                      AddressCase{"192.0.2.1", AddressClass::kReserved},
                      AddressCase{"198.18.0.1", AddressClass::kReserved},
                      AddressCase{"198.51.100.1", AddressClass::kReserved},
                      AddressCase{"203.0.113.1", AddressClass::kReserved},
                      AddressCase{"ff02::1", AddressClass::kReserved},
                      AddressCase{"2001:db8::1", AddressClass::kReserved},
                      AddressCase{"100::1", AddressClass::kReserved},
                      AddressCase{"4000::1", AddressClass::kReserved},
                      AddressCase{"64:ff9b:1::", AddressClass::kReserved}));

Route route(Purpose purpose, Reach reach = {}) {
  reach.plain_http = true;
  return {.purpose = purpose, .reach = reach, .tls = nullptr, .egress_allow = nullptr};
}
using Ports = Reach::Ports;
constexpr Reach kEverything{
    .ports = Ports::kAny, .private_networks = true, .loopback = true, .local_names = true};

const Route kPublicRegistry = route(Purpose::kRegistry, {.ports = Ports::kRegistries});
const Route kNamedRegistry = route(Purpose::kRegistry, kEverything);
const Route kRealm = route(Purpose::kToken);
const Route kNamedRealm = route(Purpose::kToken);
const Route kOwnRealm = route(Purpose::kToken, kEverything);
const Route kOwnRealmOtherPort =
    route(Purpose::kToken, {.private_networks = true, .local_names = true});
const Route kRedirect = route(Purpose::kRedirect);
const Route kRedirectSameHost = route(Purpose::kRedirect, {.private_networks = true});
const Route kRevocation = route(Purpose::kRevocation);

struct UrlCase {
  const char* url;
  Route route;
  bool allowed;
};
class UrlRules : public ::testing::TestWithParam<UrlCase> {};
TEST_P(UrlRules, OfTheTable) {
  const auto status = check_url(*Url::parse(GetParam().url), GetParam().route);
  EXPECT_EQ(status.has_value(), GetParam().allowed) << GetParam().url;
  if (!status)
    EXPECT_THAT(status,
                FailsWith(blocked_outcome(GetParam().route.purpose), "POLICY_BLOCKED_ADDRESS"));
}
// shows: R-115 R-194
INSTANTIATE_TEST_SUITE_P(
    Table, UrlRules,
    ::testing::Values(UrlCase{"https://ghcr.io/", kPublicRegistry, true},
                      UrlCase{"https://8.8.8.8/", kPublicRegistry, true},
                      UrlCase{"https://reg.example:5000/", kPublicRegistry, true},
                      UrlCase{"https://reg.example:8443/", kPublicRegistry, true},
                      UrlCase{"https://reg.example:6443/", kPublicRegistry, false},
                      UrlCase{"https://reg.example:22/", kPublicRegistry, false},
                      UrlCase{"https://reg.example:9999/", kPublicRegistry, false},
                      UrlCase{"https://reg.example:9999/", kNamedRegistry, true},
                      UrlCase{"https://127.0.0.1:5000/", kPublicRegistry, false},
                      UrlCase{"https://127.0.0.1:5000/", kNamedRegistry, true},
                      UrlCase{"https://[::1]:5000/", kPublicRegistry, false},
                      UrlCase{"https://[::1]:5000/", kNamedRegistry, true},
                      UrlCase{"https://10.0.0.1/", kPublicRegistry, false},
                      UrlCase{"https://10.0.0.1/", kNamedRegistry, true},
                      UrlCase{"https://169.254.169.254/", kNamedRegistry, false},
                      UrlCase{"https://[::ffff:a9fe:a9fe]/", kNamedRegistry, false},
                      UrlCase{"https://168.63.129.16/", kNamedRegistry, false},
                      UrlCase{"https://[fd00:ec2::254]/", kNamedRegistry, false},
                      UrlCase{"https://metadata.google.internal/", kNamedRegistry, false},
                      UrlCase{"https://metadata/", kNamedRegistry, false},
                      UrlCase{"https://instance-data/", kNamedRegistry, false},
                      UrlCase{"https://224.0.0.1/", kNamedRegistry, false},
                      UrlCase{"https://0.0.0.0/", kNamedRegistry, false},
                      UrlCase{"https://localhost:5000/", kPublicRegistry, false},
                      UrlCase{"https://localhost:5000/", kNamedRegistry, true},
                      UrlCase{"https://registry/", kPublicRegistry, false},
                      UrlCase{"https://registry/", kNamedRegistry, true},
                      UrlCase{"https://kubernetes.default.svc/", kPublicRegistry, false},
                      UrlCase{"https://kubernetes.default/", kPublicRegistry, false},
                      UrlCase{"https://reg.tools.svc/", kPublicRegistry, false},
                      UrlCase{"https://reg.tools.svc.cluster.local/", kPublicRegistry, false},
                      UrlCase{"https://reg.tools.svc.cluster.local/", kNamedRegistry, true},
                      UrlCase{"https://reg.corp.internal/", kPublicRegistry, false},
                      UrlCase{"https://reg.corp.internal/", kNamedRegistry, true},
                      UrlCase{"https://auth.example/", kRealm, true},
                      UrlCase{"http://169.254.169.254/", kNamedRealm, false},
                      UrlCase{"https://[::1]/", kNamedRealm, false},
                      UrlCase{"https://10.0.0.1/", kNamedRealm, false},
                      UrlCase{"https://kubernetes.default.svc/", kNamedRealm, false},
                      UrlCase{"https://127.0.0.1:5000/", kOwnRealm, true},
                      UrlCase{"https://127.0.0.1:5001/", kOwnRealmOtherPort, false},
                      UrlCase{"https://10.0.0.1:5001/", kOwnRealmOtherPort, true},
                      UrlCase{"https://auth.example:22/", kRealm, false},
                      UrlCase{"https://auth.example:9999/", kRealm, true},
                      UrlCase{"https://blobs.example/", kRedirect, true},
                      UrlCase{"https://127.0.0.1:5000/", kRedirect, false},
                      UrlCase{"https://127.0.0.1:5001/", kRedirectSameHost, false},
                      UrlCase{"https://10.0.0.1:5001/", kRedirectSameHost, true},
                      UrlCase{"https://10.0.0.2/", kRedirect, false},
                      UrlCase{"https://localhost/", kRedirect, false},
                      UrlCase{"https://minio.minio.svc/", kRedirect, false},
                      UrlCase{"http://ocsp.example/", kRevocation, true},
                      UrlCase{"http://10.0.0.1/", kRevocation, false},
                      UrlCase{"http://127.0.0.1/", kRevocation, false}));

TEST(AddressPolicy, EgressAllowOpensWhatUrlsFromOutsideLeadTo) {
  const auto allowed = std::make_shared<const std::vector<Cidr>>(std::vector{
      *Cidr::parse("127.0.0.0/8"), *Cidr::parse("10.0.0.0/8"), *Cidr::parse("169.254.0.0/16")});
  for (Route each : {kRealm, kRedirect, kRevocation}) {
    each.egress_allow = allowed;
    EXPECT_TRUE(may_connect(*IpAddress::parse("127.0.0.1"), each));
    EXPECT_TRUE(may_connect(*IpAddress::parse("::ffff:10.1.2.3"), each));
    EXPECT_FALSE(may_connect(*IpAddress::parse("192.168.0.1"), each));
    EXPECT_FALSE(may_connect(*IpAddress::parse("169.254.169.254"), each)) << "never";
  }
  EXPECT_FALSE(may_connect(*IpAddress::parse("10.1.2.3"), kPublicRegistry)) << "not for registries";
}

// shows: R-116
TEST(AddressPolicy, JudgesResolvedAddressesByTheSameRules) {
  EXPECT_FALSE(may_connect(*IpAddress::parse("127.0.0.1"), kRealm));
  EXPECT_FALSE(may_connect(*IpAddress::parse("10.0.0.1"), kPublicRegistry));
  EXPECT_TRUE(may_connect(*IpAddress::parse("10.0.0.1"), kNamedRegistry));
  EXPECT_TRUE(may_connect(*IpAddress::parse("8.8.8.8"), kRedirect));
}

TEST(AddressPolicy, PlainHttpIsForRoutesThatHaveIt) {
  Route plain = kPublicRegistry;
  EXPECT_TRUE(check_url(*Url::parse("http://a.io/"), plain));
  plain.reach.plain_http = false;
  EXPECT_THAT(check_url(*Url::parse("http://a.io/"), plain),
              FailsWith(Outcome::kRegistryRefused, "BAD_RESPONSE"));
  plain.purpose = Purpose::kToken;
  EXPECT_THAT(check_url(*Url::parse("http://a.io/"), plain),
              FailsWith(Outcome::kRegistryMisbehaved, "BAD_RESPONSE"));
}

}  // namespace
}  // namespace countersign::http
