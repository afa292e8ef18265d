#include "config/loader.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "config/durations.hpp"

namespace countersign::config {
namespace {

const std::string kHead = "apiVersion: countersign.dev/v1alpha1\nkind: Configuration\n";
const std::string kTrust = "trust: {policy: p.json, directory: d}\n";

Checked<Configuration> load(std::string_view text) {
  Problems problems("c.yaml");
  auto configuration = load_configuration(text, problems);
  return checked(std::move(configuration), std::move(problems));
}

std::string problems_of(const std::string& text) {
  const auto configuration = load(text);
  EXPECT_EQ(configuration.has_value(), configuration.problems().empty());
  return configuration.problems().to_string();
}

Configuration loaded(const std::string& text) {
  auto configuration = load(text);
  EXPECT_TRUE(configuration) << configuration.problems().to_string();
  return configuration ? *std::move(configuration) : Configuration{};
}

TEST(LoadConfiguration, NeedsOnlyTrustAndFillsInTheDefaults) {
  const Configuration got = loaded(kHead + kTrust);
  EXPECT_EQ(got.file, "c.yaml");
  EXPECT_EQ(**got.trust.policy_file, "p.json");
  EXPECT_FALSE(got.trust.policy_inline);
  EXPECT_EQ(**got.trust.directory, "d");
  EXPECT_EQ(got.enforcement.unknown_kinds, UnknownKinds::kDeny);
  EXPECT_EQ(*got.enforcement.default_action, Action::kEnforce);
  EXPECT_FALSE(got.enforcement.default_action.written());
  EXPECT_EQ(got.enforcement.on_outage, OnOutage::kDeny);
  EXPECT_EQ(got.limits.signatures, 100U);
  EXPECT_EQ(got.limits.verification, std::chrono::seconds(30));
  EXPECT_EQ(got.server.address->to_string(), "0.0.0.0:9443");
  EXPECT_EQ(got.server.ops->to_string(), "0.0.0.0:9080");
  EXPECT_FALSE(got.server.tls.certificate);
  EXPECT_EQ(got.log.level, LogLevel::kInfo);
  EXPECT_EQ(got.log.format, LogFormat::kJson);
}

TEST(LoadConfiguration, ReadsEveryKeyAndKeepsPlaces) {
  const Configuration got = loaded(kHead + R"(trust:
  policy: trustpolicy.json
  directory: truststore
  stores:
    - {type: ca, name: shop, files: [certs/shop-root.pem, "more/*.pem"]}
    - {type: tsa, name: shop, files: [tsa.pem]}
enforcement:
  unknownKinds: allow
  default: {action: audit, onOutage: deny}
  rules:
    - {name: platform, match: {namespaces: [kube-system], images: ["mcr.microsoft.com/**"]}, action: skip}
    - {name: built by ci, match: {images: ["shop.azurecr.io/**"]}, action: warn, userMetadata: {io.build: "17", By: ci}}
registries:
  - {match: "*.azurecr.io"}
  - {match: "127.0.0.1:5000", plainHttp: true}
  - match: registry.corp.example
    ca: corp-ca.pem
    tokenServers: [auth.corp.example, "auth:8443"]
    credentials: {dockerConfig: docker/config.json}
plugins:
  - name: com.example.plugin
    path: /plugins/notation-com.example.plugin
    sha256: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    environment: {AWS_REGION: eu-central-1, "empty_1": "x=y z"}
    timeout: 2500ms
  - {name: other, path: o, sha256: "00000000000000000000000000000000000000000000000000000000000000ff"}
limits: {signatures: 1000, verification: 5m}
egress: {allow: ["10.0.0.0/8", "fd00::/8"]}
server: {address: "[::]:8443", tls: {certificate: tls.crt, key: tls.key, clientCA: ""}, ops: "127.0.0.1:0"}
log: {level: debug, format: text}
)");
  ASSERT_EQ(got.trust.stores.size(), 2U);
  EXPECT_EQ(*got.trust.stores[0].type, StoreType::kCa);
  EXPECT_EQ(*got.trust.stores[0].files[1], "more/*.pem");
  EXPECT_EQ(got.trust.stores[0].files[1].place, (Place{7, 59}));
  EXPECT_EQ(got.enforcement.unknown_kinds, UnknownKinds::kAllow);
  EXPECT_EQ(*got.enforcement.default_action, Action::kAudit);
  EXPECT_EQ(got.enforcement.default_action.place, (Place{11, 21}));
  ASSERT_EQ(got.enforcement.rules.size(), 2U);
  EXPECT_EQ(*got.enforcement.rules[0].namespaces[0], "kube-system");
  EXPECT_EQ(*got.enforcement.rules[1].name, "built by ci");
  EXPECT_EQ(*got.enforcement.rules[1].action, Action::kWarn);
  EXPECT_EQ(got.enforcement.rules[1].place, (Place{14, 7}));
  EXPECT_TRUE(got.enforcement.rules[0].user_metadata.empty());
  EXPECT_EQ(got.enforcement.rules[1].user_metadata,
            (std::vector<std::pair<std::string, std::string>>{{"io.build", "17"}, {"By", "ci"}}));
  ASSERT_EQ(got.registries.size(), 3U);
  EXPECT_TRUE(got.registries[0].match->is_wildcard());
  EXPECT_TRUE(got.registries[1].plain_http);
  EXPECT_EQ(*got.registries[2].token_servers[1], "auth:8443");
  EXPECT_EQ(**got.registries[2].docker_config, "docker/config.json");
  ASSERT_EQ(got.plugins.size(), 2U);
  EXPECT_EQ(*got.plugins[0].name, "com.example.plugin");
  EXPECT_EQ(*got.plugins[0].path, "/plugins/notation-com.example.plugin");
  EXPECT_EQ(*got.plugins[0].sha256, std::string(64, 'a'));
  EXPECT_EQ(got.plugins[0].environment, (std::vector<std::pair<std::string, std::string>>{
                                            {"AWS_REGION", "eu-central-1"}, {"empty_1", "x=y z"}}));
  EXPECT_EQ(got.plugins[0].timeout, std::chrono::milliseconds(2500));
  EXPECT_TRUE(got.plugins[1].environment.empty());
  EXPECT_EQ(got.plugins[1].timeout, std::chrono::seconds(5));
  EXPECT_EQ(got.limits.signatures, 1000U);
  EXPECT_EQ(got.limits.verification, std::chrono::minutes(5));
  EXPECT_EQ(got.egress.allow[1]->to_string(), "fd00::/8");
  EXPECT_EQ(got.server.address->to_string(), "[::]:8443");
  EXPECT_EQ(got.server.ops->port, 0);
  EXPECT_EQ(**got.server.tls.key, "tls.key");
  EXPECT_EQ(got.log.level, LogLevel::kDebug);
  EXPECT_EQ(got.log.format, LogFormat::kText);

  const std::string printed = print_configuration(got);
  EXPECT_EQ(print_configuration(loaded(printed)), printed);
}

TEST(LoadConfiguration, TakesKeysOfUserMetadataUpToALimit) {
  const std::string longest(1000, 'k');
  const Configuration got =
      loaded(kHead +
             "trust: {policy: p, directory: d}\nenforcement: {rules: [{name: a, match: "
             "{namespaces: [a]}, action: enforce, userMetadata: {\"" +
             longest + "\": c}}]}\n");
  ASSERT_EQ(got.enforcement.rules.size(), 1U);
  EXPECT_EQ(got.enforcement.rules[0].user_metadata[0].first, longest);
}

TEST(LoadConfiguration, TakesThePolicyAsPathAsJsonOrAsYaml) {
  EXPECT_EQ(**loaded(kHead + "trust: {policy: \"a {b}.json\", directory: d}\n").trust.policy_file,
            "a {b}.json");
  const Configuration json =
      loaded(kHead + "trust:\n  directory: d\n  policy: |\n    {\"version\":\n    \t\"1.0\"}\n");
  EXPECT_EQ(**json.trust.policy_inline, "{\"version\":\n\t\"1.0\"}\n");
  EXPECT_FALSE(json.trust.policy_file);
  const Configuration yaml = loaded(
      kHead + "trust:\n  directory: d\n  policy:\n    version: \"1.0\"\n    trustPolicies: []\n");
  EXPECT_EQ(**yaml.trust.policy_inline, R"({"version":"1.0","trustPolicies":[]})");
  EXPECT_EQ(yaml.trust.policy_inline->place, (Place{6, 5}));
}

TEST(LoadConfiguration, LastGood) {
  const auto by_default = loaded(kHead + kTrust + "enforcement: {default: {onOutage: lastGood}}\n");
  EXPECT_EQ(by_default.enforcement.on_outage, OnOutage::kLastGood);
  EXPECT_EQ(by_default.enforcement.last_good_age_or_default(), std::chrono::hours(1));
  for (const char* age : {"1m", "24h"}) {
    const auto got =
        loaded(kHead + kTrust + "enforcement: {default: {onOutage: lastGood, lastGoodAge: " + age +
               "}}\n");
    EXPECT_EQ(print_duration(got.enforcement.last_good_age_or_default()), age);
  }
}

TEST(LoadConfiguration, TellsEverythingAtOnceByPlace) {
  EXPECT_EQ(problems_of(R"(apiVersion: countersign.dev/v1
kind: Config
trust: {policy: p, stores: [{type: CA, name: a/b, file: x}]}
enforcement: {default: {action: allow, onOutage: lastGood}, rules: [{match: {images: [nginx]}, action: skip}]}
limits: {signatures: 0, verification: 30}
egress: {allow: [10.0.0.1/8]}
cache: {tag: 5s}
sever: {}
)"),
            R"(c.yaml:1:13: apiVersion: want countersign.dev/v1alpha1, not "countersign.dev/v1"
c.yaml:2:7: kind: want Configuration, not "Config"
c.yaml:3:29: missing key "files" in trust.stores[0]
c.yaml:3:36: trust.stores[0].type: want ca, signingAuthority or tsa, not "CA"; did you mean "ca"?
c.yaml:3:46: trust store name "a/b" may hold only letters, digits, "_", "." and "-", and not be "." or ".."
c.yaml:3:51: unknown key "file" in trust.stores[0]; did you mean "files"?
c.yaml:4:33: enforcement.default.action: want enforce, warn, audit or skip, not "allow"
c.yaml:4:69: missing key "name" in enforcement.rules[0]
c.yaml:4:87: images: image pattern "nginx": names no registry; write "docker.io/library/nginx"
c.yaml:5:22: limits.signatures: want a whole number from 1 to 1000, not 0
c.yaml:5:39: limits.verification: want a duration such as "5s", "250ms" or "1h", not 30; did you mean "30s"?
c.yaml:6:18: egress.allow: "10.0.0.1/8" has bits after its prefix; did you mean "10.0.0.0/8"?
c.yaml:7:1: cache is not supported yet
c.yaml:8:1: unknown key "sever" at the top; did you mean "server"?
)");
}

TEST(LoadConfiguration, CountsWhatNobodyWouldRead) {
  std::string text = kHead + kTrust;
  for (int i = 0; i < 120; ++i) text += "key" + std::to_string(i) + ": x\n";
  const std::string problems = problems_of(text);
  EXPECT_EQ(std::ranges::count(problems, '\n'), 101);
  EXPECT_TRUE(problems.ends_with("\nc.yaml: and 20 more\n"));
}

TEST(LoadConfiguration, EscapesWhatItRepeats) {
  EXPECT_EQ(problems_of(kHead + kTrust + "\"a\\n\\e\": x\n" + "log: {level: \"in\\u0007fo\"}\n"),
            "c.yaml:4:1: unknown key \"a\\n\\x1b\" at the top; known here: apiVersion, kind, "
            "trust, enforcement, "
            "registries, plugins, limits, egress, revocation, server, log\n"
            "c.yaml:5:14: log.level: want debug, info, warn or error, not \"in\\x07fo\"; did you "
            "mean \"info\"?\n");
}

struct Case {
  std::string name;
  std::string text;  // after a good head, from line 4
  std::string want;  // each line after "c.yaml:"
};

class ConfigurationRefuses : public ::testing::TestWithParam<Case> {};
TEST_P(ConfigurationRefuses, WithExactMessage) {
  EXPECT_EQ(problems_of(kHead + kTrust + GetParam().text), "c.yaml:" + GetParam().want + "\n");
}
std::string name_of(const ::testing::TestParamInfo<Case>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(
    Shape, ConfigurationRefuses,
    ::testing::Values(
        Case{"UnknownKey", "logs: {}\n",
             "4:1: unknown key \"logs\" at the top; did you mean \"log\"?"},
        Case{"KeyOfAnotherSection", "signatures: 5\n",
             "4:1: unknown key \"signatures\" at the top; it belongs in limits"},
        Case{"KeyTooDeep", "log: {server: x}\n",
             "4:7: unknown key \"server\" in log; it belongs at the top, not indented"},
        Case{"KeyLikeNone", "log: {zzzzzzz: x}\n",
             "4:7: unknown key \"zzzzzzz\" in log; known here: level, format"},
        Case{"KeyInOtherCase", "log: {Level: info}\n",
             "4:7: unknown key \"Level\" in log; did you mean \"level\"?"},
        Case{"OutageInRule",
             "enforcement: {rules: [{name: a, match: {namespaces: [a]}, action: skip, onOutage: "
             "deny}]}\n",
             "4:73: unknown key \"onOutage\" in enforcement.rules[0]; it belongs in "
             "enforcement.default"},
        Case{"InsecureSkipVerify", "registries: [{match: a.io, insecureSkipTLSVerify: true}]\n",
             "4:28: unknown key \"insecureSkipTLSVerify\" in registries[0]; it is an option of the "
             "command line only, "
             "for tests"},
        Case{"NullSection", "log:\nlimits: {signatures: 5}\n",
             "4:1: log has no value; remove the key, or check the indentation of what follows"},
        Case{"TextForMapping", "log: debug\n", "4:6: log: want a mapping, not debug"},
        Case{"ListForMapping", "log: [level, info]\n", "4:6: log: want a mapping, not a list"},
        Case{"MappingForList", "registries: {match: a.io}\n",
             "4:13: registries: want a list (each entry begins with \"-\"), not a mapping"},
        Case{"TextForEntry", "registries: [a.io]\n",
             "4:14: registries[0]: want a mapping, not a.io"},
        Case{"TextForTextList", "egress: {allow: 10.0.0.0/8}\n",
             "4:17: egress.allow: want a list: [\"10.0.0.0/8\"]"},
        Case{"ListInTextList", "egress: {allow: [[a]]}\n",
             "4:18: egress.allow[0]: want text, not a list"},
        Case{"NumberForText", "server: {ops: 9080}\n",
             "4:15: server.ops: want text (put it in quotes), not 9080"},
        Case{"BooleanForText", "registries: [{match: true}]\n",
             "4:22: registries[0].match: want text (put it in quotes), not true"},
        Case{"EmptyText", "server: {ops: \"\"}\n", "4:15: server.ops is empty"},
        Case{"ControlCharacter", "registries: [{match: \"a\\nb\"}]\n",
             "4:22: registries[0].match holds a control character: \"a\\nb\""},
        Case{"LongText", "server: {ops: \"" + std::string(4097, '1') + "\"}\n",
             "4:15: server.ops is longer than 4096 bytes"},
        Case{"Yes", "registries: [{match: a.io, plainHttp: yes}]\n",
             "4:39: registries[0].plainHttp: want true or false, not yes; did you mean true?"},
        Case{"BooleanInQuotes", "registries: [{match: a.io, plainHttp: \"false\"}]\n",
             "4:39: registries[0].plainHttp: want true or false, not the text \"false\"; did you "
             "mean false?"},
        Case{"BooleanInCapitals", "registries: [{match: a.io, plainHttp: TRUE}]\n",
             "4:39: registries[0].plainHttp: want true or false, not TRUE; did you mean true?"},
        // shows: N-53
        Case{"ZeroSignatures", "limits: {signatures: 0}\n",
             "4:22: limits.signatures: want a whole number from 1 to 1000, not 0"},
        Case{"NegativeSignatures", "limits: {signatures: -1}\n",
             "4:22: limits.signatures: want a whole number from 1 to 1000, not -1"},
        Case{"TooManySignatures", "limits: {signatures: 1001}\n",
             "4:22: limits.signatures: want a whole number from 1 to 1000, not 1001"},
        Case{"HugeSignatures", "limits: {signatures: 18446744073709551617}\n",
             "4:22: limits.signatures: want a whole number from 1 to 1000, not "
             "18446744073709551617"},
        Case{"FractionOfASignature", "limits: {signatures: 1.5}\n",
             "4:22: limits.signatures: want a whole number from 1 to 1000, not 1.5"},
        Case{"SignaturesInQuotes", "limits: {signatures: \"5\"}\n",
             "4:22: limits.signatures: want a whole number (without quotes), not the text \"5\""},
        Case{"ShortVerification", "limits: {verification: 999ms}\n",
             "4:24: limits.verification: want a duration from 1s to 5m, not 999ms"},
        Case{"LongVerification", "limits: {verification: 1h}\n",
             "4:24: limits.verification: want a duration from 1s to 5m, not 1h"},
        Case{"DurationWithBlank", "limits: {verification: 30 s}\n",
             "4:24: limits.verification: want a duration such as \"5s\", \"250ms\" or \"1h\", not "
             "30 s; did you mean "
             "\"30s\"?"},
        Case{"Action", "enforcement: {default: {action: enforced}}\n",
             "4:33: enforcement.default.action: want enforce, warn, audit or skip, not "
             "\"enforced\"; did you mean "
             "\"enforce\"?"},
        Case{"LogLevel", "log: {level: warning, format: json}\n",
             "4:14: log.level: want debug, info, warn or error, not \"warning\"; did you mean "
             "\"warn\"?"},
        Case{"Twice", "log: {level: info}\nlog: {level: debug}\n",
             "5:1: key \"log\" is here a second time; the first is in line 4"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Safety, ConfigurationRefuses,
    ::testing::Values(
        Case{"OutageThatWarns", "enforcement: {default: {onOutage: warn}}\n",
             "4:35: enforcement.default.onOutage: want deny or lastGood, not \"warn\""},
        Case{"OutageThatAllows", "enforcement: {default: {onOutage: allow}}\n",
             "4:35: enforcement.default.onOutage: want deny or lastGood, not \"allow\""},
        Case{"LastGoodAgeAlone", "enforcement: {default: {lastGoodAge: 1h}}\n",
             "4:38: lastGoodAge without onOutage: lastGood says nothing; remove it, or add that"},
        Case{"LastGoodAgeTooShort",
             "enforcement: {default: {onOutage: lastGood, lastGoodAge: 59s}}\n",
             "4:58: enforcement.default.lastGoodAge: want a duration from 1m to 24h, not 59s"},
        Case{"LastGoodAgeTooLong",
             "enforcement: {default: {onOutage: lastGood, lastGoodAge: 25h}}\n",
             "4:58: enforcement.default.lastGoodAge: want a duration from 1m to 24h, not 25h"},
        Case{"Cache", "cache: {tag: 5s, verdict: 1h, memory: 64MiB}\n",
             "4:1: cache is not supported yet"},
        Case{"CacheWithoutValue", "cache:\n", "4:1: cache is not supported yet"},
        Case{"UserMetadataOfASkip",
             "enforcement: {rules: [{name: a, match: {namespaces: [a]}, action: skip, "
             "userMetadata: {b: c}}]}\n",
             "4:23: rule \"a\" asks for userMetadata and verifies nothing: remove one, or choose "
             "another action than skip"},
        Case{"UserMetadataEmpty",
             "enforcement: {rules: [{name: a, match: {namespaces: [a]}, action: enforce, "
             "userMetadata: {}}]}\n",
             "4:90: enforcement.rules[0].userMetadata is empty"},
        Case{"UserMetadataList",
             "enforcement: {rules: [{name: a, match: {namespaces: [a]}, action: enforce, "
             "userMetadata: [b]}]}\n",
             "4:90: enforcement.rules[0].userMetadata: want a mapping, not a list"},
        Case{"UserMetadataNumber",
             "enforcement: {rules: [{name: a, match: {namespaces: [a]}, action: enforce, "
             "userMetadata: {b: 17}}]}\n",
             "4:94: enforcement.rules[0].userMetadata.b: want text (put it in quotes), not 17"},
        Case{"UserMetadataLongKey",
             "enforcement: {rules: [{name: a, match: {namespaces: [a]}, action: enforce, "
             "userMetadata: {\"" +
                 std::string(1100, 'k') + "\": c}}]}\n",
             "4:90: a \"{\" without its \"}\", or a \",\" is missing\nc.yaml:4:91: a key must be "
             "text"},
        Case{"UserMetadataControlCharacter",
             "enforcement: {rules: [{name: a, match: {namespaces: [a]}, action: enforce, "
             "userMetadata: {\"a\\tb\": c}}]}\n",
             "4:91: enforcement.rules[0].userMetadata: key \"a\\tb\" "
             "holds a control character"},
        Case{"UserMetadataEmptyKey",
             "enforcement: {rules: [{name: a, match: {namespaces: [a]}, action: enforce, "
             "userMetadata: {\"\": c}}]}\n",
             "4:91: enforcement.rules[0].userMetadata has an empty key"},
        Case{"UserMetadataWithoutValue",
             "enforcement: {rules: [{name: a, match: {namespaces: [a]}, action: enforce, "
             "userMetadata: {b: }}]}\n",
             "4:91: enforcement.rules[0].userMetadata.b has no value"},
        Case{"NamespaceLabels",
             "enforcement: {rules: [{name: a, match: {namespaceLabels: {a: b}}, action: audit}]}\n",
             "4:41: enforcement.rules[0].match.namespaceLabels is not supported yet"},
        Case{"AzureCredentials",
             "registries: [{match: a.io, credentials: {azure: workloadIdentity}}]\n",
             "4:42: registries[0].credentials.azure is not supported yet"},
        Case{"ClientCA", "server: {tls: {certificate: a, key: b, clientCA: ca.pem}}\n",
             "4:50: server.tls.clientCA is not supported yet; remove it or leave it empty"},
        Case{"WildcardOverPlainHttp", "registries: [{match: \"*.a.io\", plainHttp: true}]\n",
             "4:22: plainHttp does not go with the wildcard \"*.a.io\"; name each such registry"},
        Case{"WildcardOverAddresses", "registries: [{match: \"*.0.0.1\"}]\n",
             "4:22: match: \"*.0.0.1\": a \"*\" does not go with an IP address"},
        Case{"CredentialsInTheClear",
             "registries: [{match: \"a.io:5000\", plainHttp: true, credentials: {dockerConfig: "
             "x}}]\n",
             "4:80: credentials are not sent over plain HTTP to \"a.io:5000\", which is no "
             "loopback address; remove "
             "them, or set plainHttpCredentials: true if that network may read them"},
        Case{"MetadataNetwork", "egress: {allow: [169.254.169.254/32]}\n",
             "4:18: egress.allow: \"169.254.169.254/32\" is link-local, where metadata services "
             "live; it is never "
             "allowed"},
        Case{"WildcardTokenServer", "registries: [{match: a.io, tokenServers: [\"*.a.io\"]}]\n",
             "4:43: tokenServers: \"*.a.io\" must be one host, without \"*\""},
        Case{"TokenServerAsUrl",
             "registries: [{match: a.io, tokenServers: [\"https://auth.io/token\"]}]\n",
             "4:43: tokenServers: \"https://auth.io/token\" must be host or host:port in lower "
             "case, without anything "
             "else; did you mean \"auth.io\"?"}),
    name_of);

std::string rules(std::string_view first, std::string_view second = "",
                  std::string_view third = "") {
  std::string text = "enforcement:\n  rules:\n";
  for (const std::string_view rule : {first, second, third}) {
    if (!rule.empty()) text += "    - " + std::string(rule) + "\n";
  }
  return text;
}

INSTANTIATE_TEST_SUITE_P(
    Rules, ConfigurationRefuses,
    ::testing::Values(
        Case{"WithoutName", rules("{match: {namespaces: [a]}, action: skip}"),
             "6:7: missing key \"name\" in enforcement.rules[0]"},
        Case{"WithoutMatch", rules("{name: a, action: skip}"),
             "6:7: missing key \"match\" in enforcement.rules[0]"},
        Case{"WithoutAction", rules("{name: a, match: {namespaces: [a]}}"),
             "6:7: missing key \"action\" in enforcement.rules[0], which is enforce, warn, audit "
             "or skip"},
        Case{"MatchingEverything", rules("{name: a, match: {}, action: skip}"),
             "6:24: rule \"a\" matches everything; say what it matches, or set enforcement.default "
             "instead"},
        Case{"WithNullMatch", rules("{name: a, match: , action: skip}"),
             "6:17: enforcement.rules[0].match has no value; remove the key, or check the "
             "indentation of what follows"},
        Case{"WithEmptyNamespaces",
             rules("{name: a, match: {namespaces: [], images: [\"a.io/**\"]}, action: skip}"),
             "6:37: enforcement.rules[0].match.namespaces is an empty list, which matches nothing; "
             "remove the key or "
             "fill it"},
        Case{"WithEmptyPattern", rules("{name: a, match: {images: [\"\"]}, action: skip}"),
             "6:34: enforcement.rules[0].match.images[0] is empty"},
        Case{"WithEmptyName", rules("{name: \"\", match: {namespaces: [a]}, action: skip}"),
             "6:14: enforcement.rules[0].name is empty"},
        Case{"WithLongName",
             rules("{name: " + std::string(64, 'n') + ", match: {namespaces: [a]}, action: skip}"),
             "6:14: rule name \"" + std::string(64, 'n') + "\" is longer than 63 bytes"},
        Case{"OfOneName",
             rules("{name: a, match: {namespaces: [a]}, action: skip}",
                   "{name: a, match: {namespaces: [b]}, action: skip}"),
             "7:14: rule \"a\" is here a second time; the first is in line 6"},
        Case{"AfterACatchAll",
             rules("{name: all, match: {namespaces: [\"*\"]}, action: audit}",
                   "{name: b, match: {images: [\"a.io/**\"]}, action: skip}"),
             "7:7: rule \"b\" can never match: rule \"all\" in line 6 comes first and matches all "
             "that it matches"},
        Case{"AfterAllImages",
             rules("{name: all, match: {images: [\"**\"]}, action: audit}",
                   "{name: b, match: {namespaces: [x], images: [\"a.io/**\"]}, action: skip}"),
             "7:7: rule \"b\" can never match: rule \"all\" in line 6 comes first and matches all "
             "that it matches"},
        Case{"AfterTheSamePatterns",
             rules("{name: one, match: {namespaces: [a, b]}, action: audit}",
                   "{name: two, match: {namespaces: [b], images: [\"a.io/**\"]}, action: skip}"),
             "7:7: rule \"two\" can never match: rule \"one\" in line 6 comes first and matches "
             "all that it matches"}),
    name_of);

TEST(LoadConfiguration, KeepsRulesThatCanStillMatch) {
  EXPECT_EQ(
      problems_of(
          kHead + kTrust +
          rules("{name: a, match: {images: [\"**\"]}, action: audit}",
                "{name: references that cannot be read, match: {namespaces: [x]}, action: skip}")),
      "");
  EXPECT_EQ(
      problems_of(kHead + kTrust +
                  rules("{name: a, match: {namespaces: [x], images: [\"a.io/**\"]}, action: audit}",
                        "{name: b, match: {namespaces: [x]}, action: skip}",
                        "{name: c, match: {namespaces: [y, x]}, action: skip}")),
      "");
}

TEST(LoadConfiguration, DoesNotCallABrokenRuleACatchAll) {
  EXPECT_EQ(
      problems_of(kHead + kTrust +
                  rules("{name: a, match: {namespaces: [A]}, action: audit}",
                        "{name: b, match: {namespaces: [x]}, action: skip}")),
      "c.yaml:6:38: namespaces: namespace pattern \"A\": names of namespaces are lower case; write "
      "\"a\"\n");
}

INSTANTIATE_TEST_SUITE_P(
    Contradictions, ConfigurationRefuses,
    ::testing::Values(
        Case{"RegistryTwice", "registries: [{match: a.io}, {match: \"a.io\"}]\n",
             "4:37: registry \"a.io\" is here a second time; the first is in line 4"},
        Case{"CredentialsFlagAlone", "registries: [{match: a.io, plainHttpCredentials: true}]\n",
             "4:22: plainHttpCredentials without plainHttp: true says nothing; remove it"},
        Case{"CaOverPlainHttp", "registries: [{match: a.io, plainHttp: true, ca: x}]\n",
             "4:49: ca does not go with plainHttp, where there is no certificate to check"},
        Case{"EmptyCredentials", "registries: [{match: a.io, credentials: {}}]\n",
             "4:41: credentials is empty; remove it, or name a dockerConfig"},
        Case{"CertificateWithoutKey", "server: {tls: {certificate: a}}\n",
             "4:29: server.tls.certificate needs server.tls.key, its private key"},
        Case{"KeyWithoutCertificate", "server: {tls: {key: a}}\n",
             "4:21: server.tls.key needs server.tls.certificate"},
        Case{"EmptyTls", "server: {tls: {}}\n",
             "4:15: server.tls is empty; remove it, or name a certificate and its key"},
        Case{"OneAddressForBoth", "server: {address: \"0.0.0.0:9080\"}\n",
             "4:19: server.address and server.ops are both 0.0.0.0:9080; each needs an address of "
             "its own"},
        Case{"AddressWithoutHost", "server: {address: \":9443\"}\n",
             "4:19: server.address: \":9443\" names no address; for all of them write "
             "\"0.0.0.0:9443\""}),
    name_of);

class PluginsRefuse : public ::testing::TestWithParam<Case> {};
TEST_P(PluginsRefuse, WithExactMessage) {
  EXPECT_EQ(problems_of(kHead + kTrust + "plugins:\n" + GetParam().text),
            "c.yaml:" + GetParam().want + "\n");
}
const std::string kSha256 = ", sha256: \"" + std::string(64, 'a') + "\"";
INSTANTIATE_TEST_SUITE_P(
    Table, PluginsRefuse,
    ::testing::Values(
        Case{"NoName", "- {path: p" + kSha256 + "}\n", "5:3: missing key \"name\" in plugins[0]"},
        Case{"NoPath", "- {name: a" + kSha256 + "}\n", "5:3: missing key \"path\" in plugins[0]"},
        Case{"NoDigest", "- {name: a, path: p}\n", "5:3: missing key \"sha256\" in plugins[0]"},
        Case{"EmptyPath", "- {name: a, path: \"\"" + kSha256 + "}\n",
             "5:19: plugins[0].path is empty"},
        Case{"BadName", "- {name: a/b, path: p" + kSha256 + "}\n",
             "5:10: plugin name \"a/b\" may hold only letters, digits, \"_\", \".\" and \"-\", "
             "begins "
             "with a letter or digit, and has 128 characters at most"},
        Case{"NameLikeAnOption", "- {name: -a, path: p" + kSha256 + "}\n",
             "5:10: plugin name \"-a\" may hold only letters, digits, \"_\", \".\" and \"-\", "
             "begins "
             "with a letter or digit, and has 128 characters at most"},
        Case{"UpperCaseDigest", "- {name: a, path: p, sha256: \"" + std::string(64, 'A') + "\"}\n",
             "5:30: sha256: want 64 lower-case hexadecimal digits, as sha256sum prints them, not "
             "\"" +
                 std::string(64, 'A') + "\""},
        Case{"DigestWithAlgorithm", "- {name: a, path: p, sha256: \"sha256:ab\"}\n",
             "5:30: sha256: want 64 lower-case hexadecimal digits, as sha256sum prints them, not "
             "\"sha256:ab\""},
        Case{"Twice", "- {name: a, path: p" + kSha256 + "}\n- {name: a, path: q" + kSha256 + "}\n",
             "6:10: plugin \"a\" is here a second time; the first is in line 5"},
        Case{
            "VariableWithEquals",
            "- {name: a, path: p" + kSha256 + ", environment: {\"a=b\": c}}\n",
            "5:112: environment: \"a=b\" is no name of a variable: want letters, digits and \"_\""},
        Case{"NumberAsVariable", "- {name: a, path: p" + kSha256 + ", environment: {a: 1}}\n",
             "5:115: plugins[0].environment.a: want text (put it in quotes), not 1"},
        Case{"TooSlow", "- {name: a, path: p" + kSha256 + ", timeout: 2m}\n",
             "5:107: plugins[0].timeout: want a duration from 100ms to 1m, not 2m"},
        Case{"NoTime", "- {name: a, path: p" + kSha256 + ", timeout: 5}\n",
             "5:107: plugins[0].timeout: want a duration such as \"5s\", \"250ms\" or \"1h\", not "
             "5; "
             "did you mean \"5s\"?"},
        Case{"Mapping", "  a: {path: p}\n",
             "5:3: plugins: want a list (each entry begins with \"-\"), not a mapping"}),
    name_of);

TEST(LoadConfiguration, TakesOnlySoManyPlugins) {
  std::string text = kHead + kTrust + "plugins:\n";
  for (std::size_t i = 0; i <= kMaxPlugins; ++i)
    text += "- {name: p" + std::to_string(i) + ", path: p" + kSha256 + "}\n";
  EXPECT_EQ(problems_of(text), "c.yaml:21:3: more than 16 plugins\n");
  EXPECT_EQ(loaded(text.substr(0, text.rfind("- "))).plugins.size(), kMaxPlugins);
}

class TrustRefuses : public ::testing::TestWithParam<Case> {};
TEST_P(TrustRefuses, WithExactMessage) {
  EXPECT_EQ(problems_of(kHead + GetParam().text), "c.yaml:" + GetParam().want + "\n");
}
INSTANTIATE_TEST_SUITE_P(
    Table, TrustRefuses,
    ::testing::Values(
        Case{"Missing", "", "1:1: missing key \"trust\" at the top"},
        Case{"WithoutPolicy", "trust: {directory: d}\n", "3:8: missing key \"policy\" in trust"},
        Case{"WithoutStores", "trust: {policy: p}\n",
             "3:1: trust needs stores, a directory, or both: without them no signer is trusted"},
        Case{"EmptyStores", "trust: {policy: p, stores: []}\n",
             "3:28: trust.stores is an empty list; remove the key or fill it"},
        Case{"EmptyPolicy", "trust: {policy: \" \", directory: d}\n",
             "3:17: trust.policy is empty"},
        Case{"PolicyIsAList", "trust: {policy: [a], directory: d}\n",
             "3:17: trust.policy: want a path or the document itself, not a list"},
        Case{"PolicyIsANumber", "trust: {policy: 1.0, directory: d}\n",
             "3:17: trust.policy: want a path or the document itself, not 1.0"},
        Case{"StoreType",
             "trust: {policy: p, stores: [{type: signingauthority, name: a, files: [x]}]}\n",
             "3:36: trust.stores[0].type: want ca, signingAuthority or tsa, not "
             "\"signingauthority\"; did you mean "
             "\"signingAuthority\"?"},
        // shows: N-308
        Case{"StoreNameDots", "trust: {policy: p, stores: [{type: ca, name: .., files: [x]}]}\n",
             "3:46: trust store name \"..\" may hold only letters, digits, \"_\", \".\" and \"-\", "
             "and not be \".\" or "
             "\"..\""},
        // shows: N-307
        Case{"StoreNameBlank", "trust: {policy: p, stores: [{type: ca, name: a b, files: [x]}]}\n",
             "3:46: trust store name \"a b\" may hold only letters, digits, \"_\", \".\" and "
             "\"-\", and not be \".\" or "
             "\"..\""},
        Case{"StoreWithoutFiles", "trust: {policy: p, stores: [{type: ca, name: a, files: []}]}\n",
             "3:56: trust.stores[0].files is an empty list, which matches nothing; remove the key "
             "or fill it"},
        Case{"StoreTwice",
             "trust:\n  policy: p\n  stores:\n  - {type: ca, name: a, files: [x]}\n  - {type: tsa, "
             "name: a, files: [x]}\n"
             "  - {type: ca, name: a, files: [y]}\n",
             "8:5: trust store \"ca:a\" is here a second time; the first is in line 6; put all its "
             "files into one entry"}),
    name_of);

TEST(LoadConfiguration, SaysWhatIsWrongWithTheFileAsAWhole) {
  EXPECT_EQ(problems_of(""), "c.yaml: the file is empty\n");
  EXPECT_EQ(problems_of("# nothing\n"), "c.yaml: the file is empty\n");
  EXPECT_EQ(problems_of("- a\n"), "c.yaml:1:1: want a mapping at the top, not a list\n");
  EXPECT_EQ(problems_of("hello\n"), "c.yaml:1:1: want a mapping at the top, not hello\n");
  EXPECT_EQ(problems_of(kTrust),
            "c.yaml:1:1: missing key \"apiVersion\" at the top, which is countersign.dev/v1alpha1\n"
            "c.yaml:1:1: missing key \"kind\" at the top, which is Configuration\n");
  EXPECT_EQ(problems_of(kHead + kTrust + "log: {level: info\n"),
            "c.yaml:4:6: a \"{\" without its \"}\", or a \",\" is missing\n");
}

TEST(LoadConfiguration, IsQuickWithLargeNonsense) {
  std::string text = kHead + kTrust + "enforcement:\n  rules:\n";
  for (int i = 0; i < 1000; ++i) {
    const std::string n = std::to_string(i);
    text += "  - {name: r" + n + ", match: {images: [\"a" + n + ".io/**\", \"b" + n +
            ".io/**\"]}, action: skip}\n";
  }
  EXPECT_EQ(loaded(text).enforcement.rules.size(), 1000U);
  text += "  - {name: last, match: {images: [\"c.io/**\"]}, action: skip}\n";
  EXPECT_EQ(problems_of(text), "c.yaml:1006:5: more than 1000 rules\n");
}

}  // namespace
}  // namespace countersign::config
