// The test vectors of oci-registry 1.5, by their numbers.
#include "oci/image_reference.hpp"

#include <gtest/gtest.h>

#include "support/matchers.hpp"

namespace countersign::oci {
namespace {

const std::string kHex(64, 'a');
const std::string kDigest = "sha256:" + kHex;

std::string printed(const Result<ImageReference>& reference) {
  if (!reference) return "ERR(" + std::string(reference.error().reason().id()) + ")";
  return reference->registry() + "|" + reference->repository() + "|" +
         reference->tag().value_or("-") + "|" +
         (reference->digest() ? reference->digest()->to_string() : "-");
}

struct Vector {
  int number;
  std::string input;
  std::string want;
};

class Vectors : public ::testing::TestWithParam<Vector> {};

// shows: R-1 R-2 R-3 R-5 R-6 R-7 R-8 R-10 R-11 R-12 R-13 R-15 R-17
TEST_P(Vectors, ParseAsTheDigestSays) {
  EXPECT_EQ(printed(ImageReference::parse(GetParam().input)), GetParam().want);
}

std::vector<Vector> vectors() {
  const std::string b64(64, 'b');
  const std::string b128(128, 'b');
  const std::string c96(96, 'c');
  return {
      {1, "nginx", "docker.io|library/nginx|latest|-"},
      {2, "nginx:1.25", "docker.io|library/nginx|1.25|-"},
      {3, "library/nginx", "docker.io|library/nginx|latest|-"},
      {4, "docker.io/nginx", "docker.io|library/nginx|latest|-"},
      {5, "docker.io/library/nginx", "docker.io|library/nginx|latest|-"},
      {6, "index.docker.io/nginx", "docker.io|library/nginx|latest|-"},
      {7, "index.docker.io/library/nginx:1", "docker.io|library/nginx|1|-"},
      {8, "registry-1.docker.io/library/nginx", "ERR(ambiguous-registry)"},
      {9, "foo/bar", "docker.io|foo/bar|latest|-"},
      {10, "docker.io/foo/bar/baz", "docker.io|foo/bar/baz|latest|-"},
      {11, "docker.io", "docker.io|library/docker.io|latest|-"},
      {12, "docker.io:5000", "docker.io|library/docker.io|5000|-"},
      {13, "localhost", "docker.io|library/localhost|latest|-"},
      {14, "localhost/foo", "localhost|foo|latest|-"},
      {15, "localhost:5000", "docker.io|library/localhost|5000|-"},
      {16, "localhost:5000/foo:bar", "localhost:5000|foo|bar|-"},
      {17, "gcr.io/p/i", "gcr.io|p/i|latest|-"},
      {18, "ghcr.io/org/app@" + kDigest, "ghcr.io|org/app|-|" + kDigest},
      {19, "ghcr.io/org/app:v1@" + kDigest, "ghcr.io|org/app|v1|" + kDigest},
      {20, "nginx@" + kDigest, "docker.io|library/nginx|-|" + kDigest},
      {21, "x.azurecr.io/a/b/c/d:e", "x.azurecr.io|a/b/c/d|e|-"},
      {22, "test:5000/repo", "test:5000|repo|latest|-"},
      {23, "test.com", "docker.io|library/test.com|latest|-"},
      {24, "test.com:5000", "docker.io|library/test.com|5000|-"},
      {25, "127.0.0.1:5000/foo", "127.0.0.1:5000|foo|latest|-"},
      {26, "192.168.1.1", "docker.io|library/192.168.1.1|latest|-"},
      {27, "192.168.1.1/repo", "192.168.1.1|repo|latest|-"},
      {28, "[::1]:5000/foo", "[::1]:5000|foo|latest|-"},
      {29, "[2001:db8::1]/repo:tag", "[2001:db8::1]|repo|tag|-"},
      {30, "[2001:db8::1]", "ERR(format)"},
      {31, "[2001:db8::1]:5000", "ERR(format)"},
      {32, "[fe80::1%eth0]:5000/r", "ERR(format)"},
      {33, "[::ffff:169.254.169.254]/r", "ERR(format)"},
      {34, "[::ffff:a9fe:a9fe]/r", "[::ffff:a9fe:a9fe]|r|latest|-"},
      {35, "[:::::]/r", "ERR(ipv6)"},
      {36, "fc00::1:5000/debian", "ERR(format)"},
      {37, "LOCALDOMAIN/foo", "localdomain|foo|latest|-"},
      {38, "Foo/bar", "foo|bar|latest|-"},
      {39, "foo/Bar", "ERR(uppercase)"},
      {40, "Uppercase:tag", "ERR(uppercase)"},
      {41, "docker.io/Foo/bar", "ERR(uppercase)"},
      {42, "DOCKER.IO/library/nginx", "ERR(ambiguous-registry)"},
      {43, "ghcr.IO/org/app", "ghcr.io|org/app|latest|-"},
      {44, "lowercase:UpperTag", "docker.io|library/lowercase|UpperTag|-"},
      {45, "test_com/foo", "docker.io|test_com/foo|latest|-"},
      {46, "foo_bar.com/x", "ERR(ambiguous-registry)"},
      {47, "a_b.docker.io/library/nginx", "ERR(ambiguous-registry)"},
      {48, "1_1.1.1/x", "ERR(ambiguous-registry)"},
      {49, "foo_bar.com:8080", "docker.io|library/foo_bar.com|8080|-"},
      {50, "foo_bar.com:5000/x", "ERR(format)"},
      {51, "foo/foo_bar.com:8080", "docker.io|foo/foo_bar.com|8080|-"},
      {52, "a--b/c---d", "docker.io|a--b/c---d|latest|-"},
      {53, "a__b", "docker.io|library/a__b|latest|-"},
      {54, "a___b", "ERR(format)"},
      {55, "a..b", "ERR(format)"},
      {56, "a_.b", "ERR(format)"},
      {57, "a.-b", "ERR(format)"},
      {58, "-foo", "ERR(format)"},
      {59, "foo-", "ERR(format)"},
      {60, "_foo", "ERR(format)"},
      {61, "foo//bar", "ERR(format)"},
      {62, "/foo", "ERR(format)"},
      {63, "foo/", "ERR(format)"},
      {64, "foo/./bar", "ERR(format)"},
      {65, "foo/../bar", "ERR(format)"},
      {66, "http://x.io/a", "ERR(format)"},
      {67, "https://x.io/a:b", "ERR(format)"},
      {68, "oci://x.io/a", "ERR(format)"},
      {69, "docker://nginx", "ERR(format)"},
      {70, "nginx:", "ERR(format)"},
      {71, "nginx:@" + kDigest, "ERR(format)"},
      {72, ":tag", "ERR(format)"},
      {73, "@" + kDigest, "ERR(format)"},
      {74, "nginx@", "ERR(format)"},
      {75, "nginx@sha256:", "ERR(format)"},
      {76, "nginx@sha256:abc", "ERR(format)"},
      {77, "nginx@" + kDigest.substr(0, kDigest.size() - 1), "ERR(digest-length)"},
      {78, "nginx@" + kDigest + "0", "ERR(digest-length)"},
      {79, "nginx@sha256:" + std::string(64, 'A'), "ERR(digest-format)"},
      {80, "nginx@SHA256:" + kHex, "ERR(uppercase)"},
      {81, "nginx@sha512:" + b128, "docker.io|library/nginx|-|sha512:" + b128},
      {82, "nginx@sha384:" + c96, "docker.io|library/nginx|-|sha384:" + c96},
      {83, "nginx@sha512:" + b64, "ERR(digest-length)"},
      {84, "nginx@md5:" + std::string(32, 'd'), "ERR(digest-unsupported)"},
      {85, "nginx@blake3:" + kHex, "ERR(digest-unsupported)"},
      {86, "nginx@sha256+b64:" + kHex, "ERR(digest-unsupported)"},
      {87, "nginx@@" + kDigest, "ERR(format)"},
      {88, "nginx@" + kDigest + "@" + kDigest, "ERR(format)"},
      {89, "nginx@" + kDigest + ":tag", "ERR(format)"},
      {90, "nginx:a:b", "ERR(format)"},
      {91, "nginx:" + std::string(128, 't'),
       "docker.io|library/nginx|" + std::string(128, 't') + "|-"},
      {92, "nginx:" + std::string(129, 't'), "ERR(format)"},
      {93, "nginx:.a", "ERR(format)"},
      {94, "nginx:-a", "ERR(format)"},
      {95, "nginx:_a", "docker.io|library/nginx|_a|-"},
      {96, "nginx:a/b", "ERR(format)"},
      {97, " nginx", "ERR(format)"},
      {98, "nginx\n", "ERR(format)"},
      {99, std::string("nginx\0", 6), "ERR(format)"},
      {100, "nginx:1\n", "ERR(format)"},
      {101, "d\u043Ecker.io/library/nginx", "ERR(format)"},
      {102, "nginx%2f..", "ERR(format)"},
      {103, "foo?x=1/bar", "ERR(format)"},
      {104, "foo#a/bar", "ERR(format)"},
      {105, "user@host.io/foo", "ERR(format)"},
      {106, "user:pw@host.io/foo", "ERR(format)"},
      {107, "host.io/foo@evil.io/bar", "ERR(format)"},
      {108, "host.io:443/foo", "host.io|foo|latest|-"},
      {109, "host.io:0443/foo", "ERR(port)"},
      {110, "host.io:99999/foo", "ERR(port)"},
      {111, "host.io:0/foo", "ERR(port)"},
      {112, "host.io:/foo", "ERR(format)"},
      {113, "host.io:80a/foo", "ERR(format)"},
      {114, "host.io./foo", "ERR(format)"},
      {115, ".host.io/foo", "ERR(format)"},
      {116, "host..io/foo", "ERR(format)"},
      {117, "-host.io/foo", "ERR(format)"},
      {118, "127.1/foo", "ERR(ipv4)"},
      {119, "0x7f.1/foo", "ERR(ipv4)"},
      {120, "2130706433:80/foo", "ERR(ipv4)"},
      {121, "0177.0.0.1/foo", "ERR(ipv4)"},
      {122, "169.254.169.254/latest/meta-data", "169.254.169.254|latest/meta-data|latest|-"},
      {123, "metadata.google.internal/computemetadata/v1",
       "metadata.google.internal|computemetadata/v1|latest|-"},
      {124, "kubernetes.default.svc:443/api", "kubernetes.default.svc|api|latest|-"},
      {125, "xn--n3h.com/myimage:xn--n3h.com", "xn--n3h.com|myimage|xn--n3h.com|-"},
      {126, kHex, "ERR(identifier)"},
      {127, "docker.io/" + kHex, "docker.io|library/" + kHex + "|latest|-"},
      {128, kDigest, "docker.io|library/sha256|" + kHex + "|-"},
      {129, kHex + ":tag", "docker.io|library/" + kHex + "|tag|-"},
      {130, std::string(248, 'b'), "ERR(too-long)"},
      {131, std::string(247, 'b'), "docker.io|library/" + std::string(247, 'b') + "|latest|-"},
      {132, "example.com/" + std::string(255, 'a') + ":tag",
       "example.com|" + std::string(255, 'a') + "|tag|-"},
      {133, "example.com/" + std::string(256, 'a'), "ERR(too-long)"},
      {134, "host.io\\a/b", "ERR(format)"},
      {135, "", "ERR(format)"},
      {136, "a/b:c/d", "ERR(format)"},
      {137, "registry.k8s.io/pause:3.9@sha256:" + std::string(64, '7'),
       "registry.k8s.io|pause|3.9|sha256:" + std::string(64, '7')},
  };
}
INSTANTIATE_TEST_SUITE_P(Digest, Vectors, ::testing::ValuesIn(vectors()),
                         [](const auto& each) { return "V" + std::to_string(each.param.number); });

// shows: R-16
TEST(ImageReference, RefusesLongInputByLengthAlone) {
  EXPECT_THAT(ImageReference::parse(std::string(10U << 20U, 'a')),
              testing::FailsWith(Outcome::kInvalidReference, "too-long"));
}

// shows: R-9
TEST(ImageReference, DigestWinsOverTagAndPortsAreIdentity) {
  const auto both = ImageReference::parse("ghcr.io/org/app:v1@" + kDigest);
  ASSERT_THAT(both, testing::IsOk());
  EXPECT_EQ(both->manifest_reference(), kDigest);
  const auto with_port = ImageReference::parse("host.io:443/x");
  const auto without = ImageReference::parse("host.io/x");
  ASSERT_THAT(with_port, testing::IsOk());
  ASSERT_THAT(without, testing::IsOk());
  EXPECT_EQ(with_port->name(), without->name()) << "the port that it has anyway";
  EXPECT_EQ(with_port->to_string(), "host.io:443/x:latest") << "as it was written";
  EXPECT_NE(ImageReference::parse("host.io:5000/x")->name(), without->name());
}

TEST(ImageReference, DockerHubHasOneName) {
  for (const char* other :
       {"registry-1.docker.io/library/nginx", "registry.hub.docker.com/x/y",
        "docker.io:443/library/nginx", "index.docker.io:80/x/y", "Registry-1.docker.io/x/y"}) {
    EXPECT_THAT(ImageReference::parse(other),
                testing::FailsWith(Outcome::kInvalidReference, "ambiguous-registry"))
        << other;
  }
  EXPECT_EQ(ImageReference::parse("index.docker.io/nginx")->name(), "docker.io/library/nginx");
}

// shows: R-18
TEST(ImageReference, PrintedFormParsesToItself) {
  for (const Vector& vector : vectors()) {
    const auto reference = ImageReference::parse(vector.input);
    if (!reference) continue;
    const auto again = ImageReference::parse(reference->to_string());
    ASSERT_THAT(again, testing::IsOk()) << vector.input;
    EXPECT_EQ(again->to_string(), reference->to_string());
  }
}

// shows: R-4
TEST(ParseImage, RefusesWhatANodeCouldTakeForAnImageId) {
  for (const std::string& text : {kDigest, kHex, std::string("deadbeef"), std::string("deadbee")}) {
    EXPECT_THAT(
        parse_image(text),
        testing::FailsSaying(
            Outcome::kInvalidReference,
            "image reference \"" + text +
                "\": an image ID names what a node happens to hold, not an image in a registry"));
    EXPECT_THAT(parse_image(text), testing::FailsWith(Outcome::kInvalidReference, "image-id"));
  }
  EXPECT_THAT(parse_image("deadbe"), testing::IsOk());
  EXPECT_THAT(parse_image("nginx"), testing::IsOk());
  EXPECT_FALSE(parse_image("sha256:abc")) << "a node takes the beginning of one, too";
  EXPECT_THAT(parse_image("sha256:v1"), testing::IsOk());
  EXPECT_THAT(parse_image("Not An Image"),
              testing::FailsWith(Outcome::kInvalidReference, "format"));
}

}  // namespace
}  // namespace countersign::oci
