// What a plugin is asked, and the strict reading of what it says.
#include "verify/plugin.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/cose_builder.hpp"
#include "support/jws_builder.hpp"
#include "support/matchers.hpp"

namespace countersign::verify {
namespace {

using countersign::testing::CoseBuilder;
using countersign::testing::FailsSaying;
using countersign::testing::FailsWith;
using countersign::testing::IsOk;
using countersign::testing::JwsBuilder;
namespace cbor = countersign::testing::cbor;
using Json = nlohmann::json;

constexpr std::string_view kPlugin = "io.cncf.notary.verificationPlugin";
constexpr std::string_view kMinVersion = "io.cncf.notary.verificationPluginMinVersion";
constexpr Outcome kDenied = Outcome::kPluginRequired;

envelope::VerifiedEnvelope opened(const JwsBuilder& jws) {
  const std::string text = jws.build();
  auto envelope = envelope::open_envelope("application/jose+json", as_bytes(text));
  EXPECT_THAT(envelope, IsOk());
  return *std::move(envelope);
}
envelope::VerifiedEnvelope opened(const CoseBuilder& cose) {
  auto envelope = envelope::open_envelope("application/cose", cose.build());
  EXPECT_THAT(envelope, IsOk());
  return *std::move(envelope);
}

JwsBuilder with_plugin() {
  JwsBuilder jws;
  jws.attribute(kPlugin, R"("com.example.plugin")", true);
  return jws;
}

PluginDemand demand(std::string_view minimum = "", std::vector<std::string> unprocessed = {}) {
  return {.plugin = "com.example.plugin",
          .minimum = SemanticVersion::parse(minimum),
          .minimum_text = std::string(minimum),
          .unprocessed = std::move(unprocessed)};
}

// ------------------------------------------------------------------------------ what is asked for

TEST(PluginDemand, IsNothingWithoutAPlugin) {
  const auto none = plugin_demand(opened(JwsBuilder()));
  ASSERT_THAT(none, IsOk());
  EXPECT_FALSE(none->has_value());
}

// shows: N-411
TEST(PluginDemand, IsNothingForAttributesThatAreNotCritical) {
  JwsBuilder jws;
  jws.attribute("com.example.x", "1", false).attribute(kMinVersion, R"("x")", false);
  const auto none = plugin_demand(opened(jws));
  ASSERT_THAT(none, IsOk());
  EXPECT_FALSE(none->has_value());
}

TEST(PluginDemand, NamesWhatThePluginMustProcess) {
  JwsBuilder jws = with_plugin();
  jws.attribute(kMinVersion, R"("1.0.0-rc.1")", true)
      .attribute("com.example.a", R"("text")", true)
      .attribute("com.example.b", "7", false)
      .attribute("com.example.c", "null", true);
  const auto got = plugin_demand(opened(jws));
  ASSERT_THAT(got, IsOk());
  ASSERT_TRUE(got->has_value());
  EXPECT_EQ((*got)->plugin, "com.example.plugin");
  EXPECT_EQ((*got)->minimum_text, "1.0.0-rc.1");
  EXPECT_TRUE((*got)->minimum == SemanticVersion::parse("1.0.0-rc.1"));
  EXPECT_EQ((*got)->unprocessed, (std::vector<std::string>{"com.example.a", "com.example.c"}));
}

struct Bad {
  std::string name;
  std::function<void(JwsBuilder&)> edit;
  std::string reason;
  std::string message;
};
class BadDemand : public ::testing::TestWithParam<Bad> {};
TEST_P(BadDemand, IsDenied) {
  JwsBuilder jws;
  GetParam().edit(jws);
  const auto got = plugin_demand(opened(jws));
  EXPECT_THAT(got, FailsWith(kDenied, GetParam().reason));
  EXPECT_THAT(got, FailsSaying(kDenied, GetParam().message));
}
std::vector<Bad> bad_demands() {
  const auto name = [](const char* json, bool critical) {
    return [=](JwsBuilder& jws) { jws.attribute(kPlugin, json, critical); };
  };
  const auto version = [](const char* json, bool critical) {
    return [=](JwsBuilder& jws) {
      jws.attribute(kPlugin, R"("p")", true).attribute(kMinVersion, json, critical);
    };
  };
  const std::string plugin(kPlugin);
  const std::string minimum(kMinVersion);
  return {
      // shows: N-404
      {"NotCritical", name(R"("p")", false), "VE-20",
       plugin + " is not a critical extended attribute"},
      // shows: N-405
      {"Empty", name(R"("")", true), "VE-20", plugin + " is an empty string"},
      {"Blank", name(R"("  ")", true), "VE-20", plugin + " is an empty string"},
      // shows: N-406
      {"Number", name("7", true), "VE-20", plugin + " is not a string"},
      {"Null", name("null", true), "VE-20", plugin + " is not a string"},
      {"List", name(R"(["p"])", true), "VE-20", plugin + " is not a string"},
      // shows: N-407
      {"ShortVersion", version(R"("1.0")", true), "VE-22",
       minimum + R"( "1.0" is not a SemVer version)"},
      {"VersionWithV", version(R"("v1.0.0")", true), "VE-22",
       minimum + R"( "v1.0.0" is not a SemVer version)"},
      {"VersionNotCritical", version(R"("1.0.0")", false), "VE-22",
       minimum + " is not a critical extended attribute"},
      {"VersionNumber", version("1", true), "VE-22", minimum + " is not a string"},
      {"VersionBlank", version(R"(" ")", true), "VE-22", minimum + " is an empty string"},
      // shows: N-408
      {"VersionAlone", [](auto& jws) { jws.attribute(kMinVersion, R"("1.0.0")", true); }, "VE-22",
       minimum + " is critical but no plugin is named"},
      // shows: N-410
      {"UnknownCritical", [](auto& jws) { jws.attribute("com.example.x", "1", true); }, "VE-23",
       R"(unsupported critical attribute "com.example.x")"},
  };
}
INSTANTIATE_TEST_SUITE_P(Table, BadDemand, ::testing::ValuesIn(bad_demands()),
                         [](const auto& each) { return each.param.name; });

/// COSE: a label that is the number's text is another label.
TEST(PluginDemand, IsNotReadFromALabelThatIsANumber) {
  CoseBuilder cose;
  cose.attribute(cbor::integer(-70000), cbor::text("com.example.plugin"), true);
  EXPECT_THAT(plugin_demand(opened(cose)),
              FailsSaying(kDenied, R"(unsupported critical attribute "-70000")"));
}

// -------------------------------------------------------------------------------------- requests

TEST(PluginRequest, HasAllThatTheContractNames) {
  JwsBuilder jws = with_plugin();
  jws.attribute(kMinVersion, R"("1.2.3")", true)
      .expiry("2027-01-01T00:00:00Z")
      .attribute("com.example.text", R"("\"quoted\" \u00e9")", true)
      .attribute("com.example.number", "-1.5", true)
      .attribute("com.example.other", "true", false)
      .attribute("com.example.object", R"({"a":1})", false);
  const auto envelope = opened(jws);
  const auto asked = plugin_demand(envelope);
  ASSERT_THAT(asked, IsOk());
  const auto request =
      verify_request(envelope, **asked, {.trusted_identity = true, .revocation = true},
                     {.any = false,
                      .subjects = {},
                      .text = {"x509.subject: C=US, ST=WA, O=Acme", "com.example:some \"id\""}});
  ASSERT_THAT(request, IsOk());
  Json chain = Json::array();
  for (const Bytes& der : jws.chain().ders) chain.push_back(to_base64(der));
  const Json want = {
      {"contractVersion", "1.0"},
      {"signature",
       {{"criticalAttributes",
         {{"contentType", "application/vnd.cncf.notary.payload.v1+json"},
          {"signingScheme", "notary.x509"},
          {"expiry", "2027-01-01T00:00:00Z"},
          {"verificationPlugin", "com.example.plugin"},
          {"verificationPluginMinVersion", "1.2.3"},
          {"extendedAttributes",
           {{"com.example.text", "\"quoted\" \u00e9"},
            {"com.example.number", -1.5},
            {"com.example.other", true}}}}},
        {"unprocessedAttributes", {"com.example.number", "com.example.text"}},
        {"certificateChain", chain}}},
      {"trustPolicy",
       {{"trustedIdentities", {"x509.subject: C=US, ST=WA, O=Acme", "com.example:some \"id\""}},
        {"signatureVerification",
         {"SIGNATURE_VERIFIER.TRUSTED_IDENTITY", "SIGNATURE_VERIFIER.REVOCATION_CHECK"}}}}};
  EXPECT_EQ(Json::parse(*request), want);
}

TEST(PluginRequest, SaysWhenASigningAuthoritySigned) {
  JwsBuilder jws = with_plugin();
  jws.signing_authority("2026-01-01T00:00:00Z");
  const auto envelope = opened(jws);
  const auto request = verify_request(envelope, demand(), {.trusted_identity = true}, {});
  ASSERT_THAT(request, IsOk());
  const Json got = Json::parse(*request);
  const Json& critical = got["signature"]["criticalAttributes"];
  EXPECT_EQ(critical["signingScheme"], "notary.x509.signingAuthority");
  EXPECT_EQ(critical["authenticSigningTime"], "2026-01-01T00:00:00Z");
  EXPECT_FALSE(critical.contains("expiry"));
  EXPECT_FALSE(critical.contains("verificationPluginMinVersion"));
  EXPECT_EQ(got["trustPolicy"]["signatureVerification"],
            Json({"SIGNATURE_VERIFIER.TRUSTED_IDENTITY"}));
}

/// The values of CBOR that JSON has too.
TEST(PluginRequest, CarriesTheValuesOfCose) {
  CoseBuilder cose;
  const auto add = [&](std::string_view key, Bytes value) {
    cose.attribute(cbor::text(key), std::move(value), false);
  };
  cose.attribute(cbor::text(kPlugin), cbor::text("com.example.plugin"), true);
  add("a", cbor::text("te\"xt"));
  add("b", cbor::integer(-7));
  add("c", cbor::integer(9223372036854775807));
  add("d", cbor::float64(0.1));
  add("e", cbor::boolean(true));
  add("f", cbor::null());
  add("g", cbor::bytes(as_bytes("bytes")));
  add("h", cbor::float64(std::numeric_limits<double>::infinity()));
  add("i", cbor::array({}));
  cose.attribute(cbor::integer(-70000), cbor::text("label"), false);
  const auto request = verify_request(opened(cose), demand(), {.revocation = true}, {});
  ASSERT_THAT(request, IsOk());
  const Json want = {{"a", "te\"xt"}, {"b", -7},   {"c", 9223372036854775807},
                     {"d", 0.1},      {"e", true}, {"f", nullptr}};
  EXPECT_EQ(Json::parse(*request)["signature"]["criticalAttributes"]["extendedAttributes"], want);
}

TEST(PluginRequest, CannotCarryEveryCriticalAttribute) {
  JwsBuilder jws = with_plugin();
  jws.attribute("com.example.x", R"({"a":1})", true);
  EXPECT_THAT(verify_request(opened(jws), demand(), {.revocation = true}, {}),
              FailsSaying(kDenied,
                          R"(the critical attribute "com.example.x" cannot be handed to a plugin: )"
                          "its value is no text, number, true, false or null"));
  CoseBuilder cose;
  cose.attribute(cbor::text(kPlugin), cbor::text("com.example.plugin"), true)
      .attribute(cbor::integer(-70000), cbor::text("label"), true);
  EXPECT_THAT(
      verify_request(opened(cose), demand(), {.revocation = true}, {}),
      FailsSaying(kDenied, R"(the critical attribute "-70000" cannot be handed to a plugin: its )"
                           "name is a number"));
}

TEST(PluginRequest, IsBounded) {
  JwsBuilder jws = with_plugin();
  jws.attribute("com.example.x", '"' + std::string(kMaxPluginRequestBytes, 'x') + '"', false);
  EXPECT_THAT(verify_request(opened(jws), demand(), {.revocation = true}, {}),
              FailsSaying(kDenied,
                          "verification plugin \"com.example.plugin\" would have to be sent more "
                          "than 1048576 bytes"));
}

// -------------------------------------------------------------------------------------- metadata

Json metadata() {
  return {{"name", "com.example.plugin"},
          {"description", "for tests"},
          {"version", "1.2.3"},
          {"url", "https://plugin.example"},
          {"supportedContractVersions", {"1.0"}},
          {"capabilities", {"SIGNATURE_VERIFIER.TRUSTED_IDENTITY"}}};
}

PluginOutput said(const std::string& out) { return {.exit_status = 0, .out = out, .err = {}}; }

TEST(PluginMetadata, SayWhatThePluginStandsInFor) {
  Json each = metadata();
  auto checks = judge_metadata(demand(), said(each.dump()));
  ASSERT_THAT(checks, IsOk());
  EXPECT_EQ(*checks, (PluginChecks{.trusted_identity = true, .revocation = false}));
  each["capabilities"] = {"SIGNATURE_GENERATOR.RAW", "SIGNATURE_VERIFIER.REVOCATION_CHECK"};
  each["supportedContractVersions"] = {"2.0", "1.0"};
  each["more"] = {{"of", "a later contract"}};
  checks = judge_metadata(demand(), said(each.dump() + "\n"));
  ASSERT_THAT(checks, IsOk());
  EXPECT_EQ(*checks, (PluginChecks{.trusted_identity = false, .revocation = true}));
}

/// The eight versions of the reference's vectors; the plugin is 1.0.0.
// shows: N-409
TEST(PluginMetadata, HaveTheVersionThatIsNeeded) {
  Json each = metadata();
  each["version"] = "1.0.0";
  for (const char* minimum : {"0.0.9", "1.0.0-alpha", "1.0.0-alpha.beta", "1.0.0", "1.0.0+build"})
    EXPECT_THAT(judge_metadata(demand(minimum), said(each.dump())), IsOk()) << minimum;
  for (const char* minimum : {"1.0.1", "1.0.9", "1.1.0-alpha", "1.2.3"}) {
    const std::string wanted(minimum);
    EXPECT_THAT(judge_metadata(demand(minimum), said(each.dump())),
                FailsSaying(kDenied,
                            "verification plugin \"com.example.plugin\": the signature needs "
                            "version " +
                                wanted + " or newer, and it has version 1.0.0"));
  }
}

struct BadAnswer {
  std::string name;
  std::function<void(Json&)> edit;
  std::string message;  ///< after the plugin's name
};
class BadMetadata : public ::testing::TestWithParam<BadAnswer> {};
TEST_P(BadMetadata, AreDenied) {
  Json each = metadata();
  GetParam().edit(each);
  EXPECT_THAT(
      judge_metadata(demand(), said(each.dump())),
      FailsSaying(kDenied, "verification plugin \"com.example.plugin\"" + GetParam().message));
}
std::vector<BadAnswer> bad_metadata() {
  const auto set = [](const char* member, Json value) {
    return [=](Json& each) { each[member] = value; };
  };
  const auto drop = [](const char* member) { return [=](Json& each) { each.erase(member); }; };
  return {
      {"OtherName", set("name", "com.example.plugin2"),
       R"(: metadata.name: the program says that it is "com.example.plugin2")"},
      {"NameInOtherCase", set("name", "com.example.Plugin"),
       R"(: metadata.name: the program says that it is "com.example.Plugin")"},
      {"NoName", drop("name"), ": metadata.name: missing"},
      {"NoDescription", drop("description"), ": metadata.description: missing"},
      {"EmptyURL", set("url", ""), ": metadata.url: is empty"},
      {"NumberForVersion", set("version", 1), ": metadata.version: want a string"},
      {"ShortVersion", set("version", "1.2"),
       R"(: metadata.version: "1.2" is not a SemVer version)"},
      {"VersionWithV", set("version", "v1.2.3"),
       R"(: metadata.version: "v1.2.3" is not a SemVer version)"},
      {"NoContracts", drop("supportedContractVersions"),
       ": metadata.supportedContractVersions: missing"},
      {"NewerContract", set("supportedContractVersions", Json({"1.1"})),
       ": metadata.supportedContractVersions: contract version 1.0 is not among them"},
      {"ContractAsNumber", set("supportedContractVersions", Json::array({1.0})),
       ": metadata.supportedContractVersions: want an array of strings"},
      {"ContractAsText", set("supportedContractVersions", "1.0"),
       ": metadata.supportedContractVersions: want an array"},
      {"NoCapabilities", set("capabilities", Json::array()),
       ": metadata.capabilities: neither SIGNATURE_VERIFIER.TRUSTED_IDENTITY nor "
       "SIGNATURE_VERIFIER.REVOCATION_CHECK is among them"},
      {"OnlyForSigning", set("capabilities", Json({"SIGNATURE_GENERATOR.ENVELOPE"})),
       ": metadata.capabilities: neither SIGNATURE_VERIFIER.TRUSTED_IDENTITY nor "
       "SIGNATURE_VERIFIER.REVOCATION_CHECK is among them"},
      {"TooMany", set("capabilities", Json(std::vector<std::string>(257, "x"))),
       ": metadata.capabilities: more than 256 entries"},
      {"NameTwice", set("Name", "com.example.plugin"),
       R"(: metadata.Name: differs from "name" only in case)"},
      {"List", [](Json& each) { each = Json::array({each}); },
       " gives an answer to get-plugin-metadata that is no object"},
  };
}
INSTANTIATE_TEST_SUITE_P(Table, BadMetadata, ::testing::ValuesIn(bad_metadata()),
                         [](const auto& each) { return each.param.name; });

TEST(PluginMetadata, AreOneJsonObjectAndNothingElse) {
  const std::string good = metadata().dump();
  for (const std::string& text :
       {std::string(), std::string("log line\n") + good, good + good, good.substr(1),
        "{\"name\":\"a\"," + good.substr(1), std::string("null"), good + std::string(1, '\0')}) {
    EXPECT_THAT(judge_metadata(demand(), said(text)), FailsWith(kDenied, "VE-24")) << text;
  }
}

// ------------------------------------------------------------------------------------- failures

TEST(PluginFailure, IsShownAsThePluginHasIt) {
  const auto failed = [](int status, const std::string& err) {
    return judge_metadata(demand(), {.exit_status = status, .out = metadata().dump(), .err = err});
  };
  const std::string who =
      "verification plugin \"com.example.plugin\" failed at get-plugin-metadata";
  EXPECT_THAT(failed(1, R"({"errorCode":"ACCESS_DENIED","errorMessage":"no\nway"})"),
              FailsSaying(kDenied, who + " with exit status 1, ACCESS_DENIED: no\\nway"));
  EXPECT_THAT(failed(2, ""), FailsSaying(kDenied, who + " with exit status 2: it says nothing"));
  EXPECT_THAT(failed(3, "plain\x1b[31m text\n"),
              FailsSaying(kDenied, who + " with exit status 3: plain\\x1b[31m text\\n"));
  EXPECT_THAT(failed(137, "{\"errorCode\":7}"),
              FailsSaying(kDenied, who + " with exit status 137: {\"errorCode\":7}"));
  EXPECT_THAT(failed(-1, ""), FailsWith(kDenied, "VE-24"));
}

TEST(PluginFailure, MayPassWithTime) {
  for (const std::string code : {"TIMEOUT", "THROTTLED"}) {
    const std::string err = R"({"errorCode":")" + code + "\"}";
    EXPECT_THAT(
        judge_answer(demand(), {.revocation = true}, {.exit_status = 1, .out = {}, .err = err}),
        FailsWith(Outcome::kDeadlineExceeded, "VE-24"));
    // "when exit code is 1, else treat it as a general error"
    EXPECT_THAT(
        judge_answer(demand(), {.revocation = true}, {.exit_status = 2, .out = {}, .err = err}),
        FailsWith(kDenied, "VE-24"));
  }
}

// -------------------------------------------------------------------------------------- findings

constexpr const char* kIdentity = "SIGNATURE_VERIFIER.TRUSTED_IDENTITY";
constexpr const char* kRevocation = "SIGNATURE_VERIFIER.REVOCATION_CHECK";

Json answer() {
  return {{"verificationResults", {{kIdentity, {{"success", true}}}}},
          {"processedAttributes", {"com.example.a"}}};
}

TEST(PluginAnswer, HasAFindingForEachCheck) {
  Json each = answer();
  each["verificationResults"][kRevocation] = {{"success", false}, {"reason", "on\na list"}};
  each["processedAttributes"] = {"com.example.a", "com.example.a", "com.example.of its own"};
  each["more"] = 1;
  const auto got = judge_answer(demand("", {"com.example.a"}),
                                {.trusted_identity = true, .revocation = true}, said(each.dump()));
  ASSERT_THAT(got, IsOk());
  EXPECT_TRUE(got->trusted_identity->success);
  EXPECT_FALSE(got->revocation->success);
  EXPECT_EQ(got->revocation->reason, "on\\na list");
}

TEST(PluginAnswer, NeedsNoFindingWhereNoneIsWanted) {
  const auto got = judge_answer(demand("", {"a"}), {},
                                said(R"({"verificationResults":{},"processedAttributes":["a"]})"));
  ASSERT_THAT(got, IsOk());
  EXPECT_FALSE(got->trusted_identity || got->revocation);
}

TEST(PluginAnswer, BoundsTheReason) {
  Json each = answer();
  each["verificationResults"][kIdentity] = {{"success", false}, {"reason", std::string(9999, 'x')}};
  const auto got = judge_answer(demand(), {.trusted_identity = true}, said(each.dump()));
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(got->trusted_identity->reason.size(), 256U);
  each["verificationResults"][kIdentity] = {{"success", false}};
  EXPECT_EQ(judge_answer(demand(), {.trusted_identity = true}, said(each.dump()))
                ->trusted_identity->reason,
            "it gives no reason");
}

class BadFindings : public ::testing::TestWithParam<BadAnswer> {};
TEST_P(BadFindings, AreDenied) {
  Json each = answer();
  GetParam().edit(each);
  EXPECT_THAT(
      judge_answer(demand("", {"com.example.a"}), {.trusted_identity = true}, said(each.dump())),
      FailsSaying(kDenied, "verification plugin \"com.example.plugin\"" + GetParam().message));
}
std::vector<BadAnswer> bad_findings() {
  const auto finding = [](Json value) {
    return [=](Json& each) { each["verificationResults"][kIdentity] = value; };
  };
  const auto processed = [](Json value) {
    return [=](Json& each) { each["processedAttributes"] = value; };
  };
  const std::string place = ": verificationResults.SIGNATURE_VERIFIER.TRUSTED_IDENTITY";
  const std::string unprocessed = R"(: it did not process the critical attribute "com.example.a")";
  return {
      {"NoResults", [](Json& each) { each.erase("verificationResults"); },
       ": verificationResults: missing"},
      {"ResultsAsList", [](Json& each) { each["verificationResults"] = Json::array(); },
       ": verificationResults: want an object"},
      {"NoFinding", [](Json& each) { each["verificationResults"] = Json::object(); },
       ": verificationResults: SIGNATURE_VERIFIER.TRUSTED_IDENTITY is missing"},
      {"AnotherFinding",
       [](Json& each) { each["verificationResults"][kRevocation] = {{"success", true}}; },
       ": verificationResults: \"SIGNATURE_VERIFIER.REVOCATION_CHECK\" was not asked for"},
      {"UnknownFinding", [](Json& each) { each["verificationResults"]["X"] = {{"success", true}}; },
       ": verificationResults: \"X\" was not asked for"},
      {"Null", finding(nullptr), place + ": want an object"},
      {"True", finding(true), place + ": want an object"},
      {"NoSuccess", finding(Json::object()), place + ".success: want true or false"},
      {"SuccessAsText", finding({{"success", "true"}}), place + ".success: want true or false"},
      {"SuccessAsNumber", finding({{"success", 1}}), place + ".success: want true or false"},
      {"SuccessInTwoCases", finding({{"success", true}, {"Success", false}}),
       place + R"(.Success: differs from "success" only in case)"},
      {"ReasonAsNumber", finding({{"success", false}, {"reason", 1}}),
       place + ".reason: want a string"},
      {"NoProcessed", [](Json& each) { each.erase("processedAttributes"); },
       ": processedAttributes: missing"},
      {"NothingProcessed", processed(Json::array()), unprocessed},
      {"OtherProcessed", processed({"com.example.b"}), unprocessed},
      {"ProcessedInOtherCase", processed({"com.example.A"}), unprocessed},
      {"ProcessedAsObject", processed({{"com.example.a", true}}),
       ": processedAttributes: want an array"},
      {"ProcessedNumbers", processed(Json::array({1})),
       ": processedAttributes: want an array of strings"},
  };
}
INSTANTIATE_TEST_SUITE_P(Table, BadFindings, ::testing::ValuesIn(bad_findings()),
                         [](const auto& each) { return each.param.name; });

TEST(PluginAnswer, BoundsItsLists) {
  const auto judged = [](std::size_t more) {
    Json each = answer();
    for (std::size_t i = 1; i < more; ++i) each["processedAttributes"].push_back("x");
    return judge_answer(demand("", {"com.example.a"}), {.trusted_identity = true},
                        said(each.dump()));
  };
  EXPECT_THAT(judged(kMaxPluginListEntries), IsOk());
  EXPECT_THAT(judged(kMaxPluginListEntries + 1),
              FailsSaying(kDenied,
                          "verification plugin \"com.example.plugin\": "
                          "processedAttributes: more than 256 entries"));
}

TEST(PluginAnswer, DoesNotCountTwice) {
  EXPECT_THAT(judge_answer(demand(), {.trusted_identity = true},
                           said(R"({"verificationResults":{"SIGNATURE_VERIFIER.TRUSTED_IDENTITY":)"
                                R"({"success":false,"success":true}},"processedAttributes":[]})")),
              FailsWith(kDenied, "VE-24"));
}

}  // namespace
}  // namespace countersign::verify
