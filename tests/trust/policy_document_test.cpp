#include "trust/policy_document.hpp"

#include <gtest/gtest.h>

#include "support/matchers.hpp"

namespace countersign::trust {
namespace {

/// A statement, one member a line, that a case can change.
struct Text {
  std::string name = R"("shop")";
  std::string scopes = R"(["shop.example/cart"])";
  std::string level = R"("strict")";
  std::string override_{};  // ,"override":…
  std::string stores = R"(["ca:shop"])";
  std::string identities = R"(["*"])";
  std::string more{};  // ,"x":1

  [[nodiscard]] std::string statement() const {
    return R"({"name":)" + name + R"(,"registryScopes":)" + scopes +
           R"(,"signatureVerification":{"level":)" + level + override_ + R"(},"trustStores":)" +
           stores + R"(,"trustedIdentities":)" + identities + more + "}";
  }
};

std::string document(const std::vector<Text>& statements, std::string_view version = R"("1.0")") {
  std::string list;
  for (const Text& each : statements) list += (list.empty() ? "" : ",") + each.statement();
  return R"({"version":)" + std::string(version) + R"(,"trustPolicies":[)" + list + "]}";
}

/// "" if there is a document, else the reasons of all problems; "?" in front if there are warnings.
std::string judged(std::string_view json) {
  const auto parsed = PolicyDocument::parse(json);
  EXPECT_EQ(parsed.document.has_value(), parsed.problems.empty());
  std::string text;
  for (const Error& problem : parsed.problems) {
    EXPECT_EQ(problem.outcome(), Outcome::kNoPolicy);
    text += (text.empty() ? "" : " ") + std::string(problem.reason().id());
  }
  return (parsed.warnings.empty() ? "" : "?") + text;
}
std::string judged(const Text& statement) { return judged(document({statement})); }

struct Row {
  std::string name;
  Text text;
  std::string want;
};
class Statements : public ::testing::TestWithParam<Row> {};
TEST_P(Statements, AreAcceptedOrBreakThisRule) {
  EXPECT_EQ(judged(GetParam().text), GetParam().want);
}
constexpr auto kRowName = [](const auto& each) { return each.param.name; };

std::vector<Row> levels() {
  const auto skip = [](Text text) {
    text.level = R"("skip")";
    if (text.stores == Text().stores) text.stores = "[]";
    if (text.identities == Text().identities) text.identities = "[]";
    return text;
  };
  return {
      // shows: N-321
      {"Minimal", {}, ""},
      {"Permissive", {.level = R"("permissive")"}, ""},
      {"Audit", {.level = R"("audit")"}, ""},
      // shows: N-328
      {"NameEmpty", {.name = R"("")"}, "PO-3"},
      {"NameNull", {.name = "null"}, "PO-3"},
      {"NameNumber", {.name = "1"}, "PO-3 PO-3"},
      // shows: N-329
      {"LevelNull", {.level = "null"}, "PO-3"},
      {"LevelCase", {.level = R"("Strict")"}, "PO-3"},
      {"LevelNone", {.level = R"("none")"}, "PO-3"},
      {"LevelEmpty", {.level = R"("")"}, "PO-3"},
      {"LevelNumber", {.level = "1"}, "PO-3 PO-3"},
      // shows: N-330
      {"OverrideIntegrity",
       {.level = R"("permissive")", .override_ = R"(,"override":{"integrity":"log"})"},
       "PO-12"},
      {"OverrideIntegritySkip", {.override_ = R"(,"override":{"integrity":"skip"})"}, "PO-12"},
      // shows: N-331
      {"SkipAuthenticity", {.override_ = R"(,"override":{"authenticity":"skip"})"}, "PO-12"},
      {"SkipExpiry", {.override_ = R"(,"override":{"expiry":"skip"})"}, "PO-12"},
      {"SkipTimestamp", {.override_ = R"(,"override":{"authenticTimestamp":"skip"})"}, "PO-12"},
      // shows: N-332
      {"SkipRevocation", {.override_ = R"(,"override":{"revocation":"skip"})"}, ""},
      {"OverrideEach",
       {.override_ =
            R"(,"override":{"authenticity":"log","authenticTimestamp":"log","expiry":"log","revocation":"log"})"},
       ""},
      // shows: N-333
      {"OverrideUnknownCheck", {.override_ = R"(,"override":{"signature":"log"})"}, "PO-12"},
      {"OverrideCheckInAnotherCase", {.override_ = R"(,"override":{"Expiry":"log"})"}, "PO-12"},
      {"OverrideUnknownAction", {.override_ = R"(,"override":{"expiry":"warn"})"}, "PO-12"},
      {"OverrideActionCase", {.override_ = R"(,"override":{"expiry":"Log"})"}, "PO-12"},
      {"OverrideActionNull", {.override_ = R"(,"override":{"expiry":null})"}, "PO-12"},
      {"OverrideArray", {.override_ = R"(,"override":[])"}, "PO-12"},
      // shows: N-334
      {"SkipWithOverride", skip({.override_ = R"(,"override":{"expiry":"log"})"}), "PO-12"},
      {"SkipWithEmptyOverride", skip({.override_ = R"(,"override":{})"}), ""},
      {"OverrideNull", {.override_ = R"(,"override":null)"}, ""},
      // shows: N-335
      {"TimestampAlways", {.override_ = R"(,"verifyTimestamp":"always")"}, ""},
      {"TimestampAfterExpiry", {.override_ = R"(,"verifyTimestamp":"afterCertExpiry")"}, ""},
      {"TimestampEmpty", {.override_ = R"(,"verifyTimestamp":"")"}, ""},
      {"TimestampNever", {.override_ = R"(,"verifyTimestamp":"never")"}, "PO-3"},
      {"TimestampCase", {.override_ = R"(,"verifyTimestamp":"Always")"}, "PO-3"},
      {"TimestampNumber", {.override_ = R"(,"verifyTimestamp":1)"}, "PO-3"},
      // shows: N-336
      {"SkipWithStores", skip({.stores = R"(["ca:x"])"}), "PO-10"},
      {"SkipWithIdentities", skip({.identities = R"(["x509.subject:C=US,ST=WA,O=x"])"}), "PO-10"},
      {"SkipWithEmptyLists", skip({}), ""},
      {"SkipWithNullLists", skip({.stores = "null", .identities = "null"}), ""},
      // shows: N-337
      {"SkipForEverything", skip({.scopes = R"(["*"])"}), "?"},
      // shows: N-338
      {"NoStores", {.stores = "[]"}, "PO-10"},
      {"StoresNull", {.stores = "null"}, "PO-10"},
      {"NoIdentities", {.identities = "[]"}, "PO-10"},
      // shows: N-362
      {"UnknownField", {.more = R"(,"comment":"x")"}, "?"},
      {"FieldInAnotherCase", {.more = R"(,"TrustStores":[])"}, "PO-3"},
      {"LevelInAnotherCase", {.override_ = R"(,"Level":"skip")"}, "PO-3"},
      {"DuplicateField", {.more = R"(,"name":"x")"}, "PO-3"},
      {"DuplicateLevel", {.override_ = R"(,"level":"skip")"}, "PO-3"},
  };
}
INSTANTIATE_TEST_SUITE_P(Level, Statements, ::testing::ValuesIn(levels()), kRowName);

std::vector<Row> stores_and_identities() {
  const auto stores = [](std::string list) { return Text{.stores = std::move(list)}; };
  const auto identities = [](std::string list) { return Text{.identities = std::move(list)}; };
  return {
      // shows: N-339
      {"StoreWithoutColon", stores(R"(["ca"])"), "PO-13"},
      {"StoreStar", stores(R"(["*"])"), "PO-13"},
      {"StoreWithoutName", stores(R"(["ca:"])"), "PO-13"},
      {"StoreTypeCase", stores(R"(["CA:x"])"), "PO-13"},
      {"StoreTypeUnknown", stores(R"(["foo:x"])"), "PO-13"},
      {"StoreTypeEmpty", stores(R"([":x"])"), "PO-13"},
      {"StoreTypeWithBlank", stores(R"(["ca :x"])"), "PO-13"},
      // shows: N-307
      {"StoreNameWithBlank", stores(R"(["ca:a b"])"), "PO-13"},
      {"StoreNameWithSlash", stores(R"(["ca:a/b"])"), "PO-13"},
      {"StoreNameStar", stores(R"(["ca:*"])"), "PO-13"},
      {"StoreNameColon", stores(R"(["ca:a:b"])"), "PO-13"},
      {"StoreNameNul", stores(R"(["ca:a\u0000"])"), "PO-13"},
      // shows: N-308
      {"StoreNameDotDot", stores(R"(["ca:.."])"), "PO-13"},
      {"StoreNameDot", stores(R"(["ca:."])"), "PO-13"},
      {"StoreNameDots", stores(R"(["ca:..."])"), ""},
      {"StoresOfAllTypes", stores(R"(["ca:a.b_c-1","signingAuthority:x","tsa:y","ca:a.b_c-1"])"),
       ""},
      // shows: N-340
      {"StoresOnlyTsa", stores(R"(["tsa:x"])"), ""},
      {"StoreNumber", stores("[1]"), "PO-3 PO-10"},
      {"StoresString", stores(R"("ca:x")"), "PO-3 PO-10"},
      // shows: N-341
      {"IdentityEmpty", identities(R"([""])"), "?PO-14"},
      // shows: N-342
      {"IdentityWithoutColon", identities(R"(["x509.subject"])"), "?PO-14"},
      // shows: N-343
      {"IdentityWithoutName", identities(R"(["x509.subject:"])"), "PO-14"},
      {"IdentityOfBlanks", identities(R"(["x509.subject:  "])"), "PO-14"},
      // shows: N-344
      {"StarAndMore", identities(R"(["*","x509.subject:C=US,ST=WA,O=x"])"), "PO-14"},
      {"MoreAndStar", identities(R"(["x509.subject:C=US,ST=WA,O=x","*"])"), "PO-14"},
      {"StarTwice", identities(R"(["*","*"])"), "PO-14 PO-14"},
      // shows: N-345
      {"IdentityOfAnotherKind", identities(R"(["foo:bar"])"), "?"},
      {"IdentityPrefixCase", identities(R"(["X509.Subject:C=US,ST=WA,O=x"])"), "?"},
      // shows: N-370
      {"IdentityTypeCase", identities(R"(["x509.subject:C=US,ST=WA,o=x"])"), "PO-54"},
      // shows: N-372
      {"IdentityStateTwice", identities(R"(["x509.subject:C=US,S=WA,ST=WA,O=x"])"), "PO-53"},
      // shows: N-373
      {"IdentityWithoutCountry", identities(R"(["x509.subject:ST=WA,O=x"])"), "PO-54"},
      {"IdentityWithoutState", identities(R"(["x509.subject:C=US,O=x"])"), "PO-54"},
      {"IdentityWithoutOrganization", identities(R"(["x509.subject:C=US,ST=WA"])"), "PO-54"},
      // shows: N-376
      {"IdentitiesOverlap",
       identities(R"(["x509.subject:C=US,ST=WA,O=x","x509.subject:C=US,ST=WA,O=x,OU=a"])"),
       "PO-57"},
      {"IdentitiesOverlapReversed",
       identities(R"(["x509.subject:C=US,ST=WA,O=x,OU=a","x509.subject:C=US,ST=WA,O=x"])"),
       "PO-57"},
      // shows: N-377
      {"IdentitiesEqual",
       identities(R"(["x509.subject:C=US,ST=WA,O=x","x509.subject:O=x, ST=WA, C=US"])"), "PO-57"},
      // shows: N-378
      {"IdentitiesApart",
       identities(R"(["x509.subject:C=US,ST=WA,O=x,OU=a","x509.subject:C=US,ST=WA,O=x,CN=b"])"),
       ""},
      // shows: N-380 N-381 N-382 N-385 N-386
      {"IdentityMultiValued", identities(R"(["x509.subject:C=US,ST=WA,O=x,CN=a+OU=b"])"), "PO-51"},
      {"IdentityCountryTwice", identities(R"(["x509.subject:C=US,C=CA,ST=WA,O=x"])"), "PO-53"},
      {"IdentityTrailingComma", identities(R"(["x509.subject:C=US,ST=WA,O=x,"])"), "PO-50"},
      {"IdentityBadEscape", identities(R"(["x509.subject:C=US,ST=WA,O=a\\q"])"), "PO-50"},
      {"IdentityHex", identities(R"(["x509.subject:C=US,ST=WA,O=x,CN=#0402"])"), "PO-50"},
  };
}
INSTANTIATE_TEST_SUITE_P(Trust, Statements, ::testing::ValuesIn(stores_and_identities()), kRowName);

TEST(PolicyDocument, ScopesAreWholeRepositories) {
  const auto scope = [](std::string_view text) {
    return judged(Text{.scopes = "[\"" + std::string(text) + "\"]"});
  };
  for (const auto text :
       {"example.com/rep", "example.com:8080/rep/rep2", "10.10.10.10:8080/rep/rep2",
        "domain:1234/rep", "*", "a.b/c__d", "a.b/c---d", "a.b/c.d/e_f", "x-y.z/1"}) {
    EXPECT_EQ(scope(text), "") << text;
  }
  // shows: N-351 N-359 N-543
  for (const auto text :
       {"domain/rep", "docker.io/nginx", "index.docker.io/library/nginx",
        "registry-1.docker.io/library/nginx", "shop/cart", "shop.azurecr.io:0443/cart",
        "Shop.azurecr.io/cart", "127.1/x", "docker.io:443/library/nginx"}) {
    EXPECT_EQ(scope(text), "PO-24") << text;
  }
  EXPECT_NE(PolicyDocument::parse(document({Text{.scopes = R"(["docker.io/nginx"])"}}))
                .problems.front()
                .message()
                .find("write \"docker.io/library/nginx\""),
            std::string::npos);
  // shows: N-352
  for (const auto text : {"", "1:1", "a,b", "abcd", "example.com", "example.com/rep:tag",
                          "10.10.10.10:8080/rep/rep2:latest", "localhost:5000\\\\test-repo", "/a",
                          "a.b/", "a.b//c", "a.b/c@sha256:0"}) {
    EXPECT_EQ(scope(text), "PO-21") << text;
  }
  // shows: N-353
  for (const auto text : {"example.com/*", "*/", "example*/", "ex*test", "**", " *"})
    EXPECT_EQ(scope(text), "PO-20") << text;
  // shows: N-354
  for (const auto text : {"https://a.b/c", "a.b/c/", "a_b.c/d", "[::1]:5000/a", "a.b/C", "a.b:/c",
                          "a.b:x/c", "-a.b/c", "a-.b/c", "a..b/c", "a.b/c___d", "a.b/c..d",
                          "a.b/-c", "a.b/c-", "a.b/c\\u0000", "a.b/c ", " a.b/c"}) {
    EXPECT_EQ(scope(text), "PO-21") << text;
  }
}

// shows: N-346 N-347 N-348 N-349 N-350
TEST(PolicyDocument, EveryScopeStandsOnce) {
  EXPECT_EQ(judged(Text{.scopes = "[]"}), "PO-20");
  EXPECT_EQ(judged(Text{.scopes = "null"}), "PO-20");
  EXPECT_EQ(judged(Text{.scopes = R"(["*","a.b/c"])"}), "PO-20");
  EXPECT_EQ(judged(Text{.scopes = R"(["a.b/c","*"])"}), "PO-20");
  const auto two = [](const char* first, const char* second) {
    return judged(
        document({{.name = "\"a\"", .scopes = first}, {.name = "\"b\"", .scopes = second}}));
  };
  EXPECT_EQ(two(R"(["*"])", R"(["*"])"), "PO-22");
  EXPECT_EQ(two(R"(["a.b/c"])", R"(["d.e/f","a.b/c"])"), "PO-22");
  EXPECT_EQ(two(R"(["a.b/c"])", R"(["a.b/d"])"), "");
  EXPECT_EQ(judged(Text{.scopes = R"(["a.b/c","a.b/c"])"}), "PO-22");
}

// shows: N-322 N-326 N-327 N-328 N-362
TEST(PolicyDocument, IsOneJsonObjectOfVersion1) {
  const std::string good = document({{}});
  EXPECT_EQ(judged(good), "");
  for (const std::string& broken :
       {std::string(), std::string("not JSON"), std::string("[]"), std::string("null"), good + "{}",
        good + '\0' + "x", "\xEF\xBB\xBF" + good, "// comment\n" + good}) {
    EXPECT_EQ(judged(broken), "PO-3") << broken;
  }
  for (const auto version : {"null", R"("")", R"("1")", R"("1.1")", R"("1.0 ")", "1.0"}) {
    EXPECT_EQ(judged(document({{}}, version)), "PO-3") << version;
  }
  EXPECT_EQ(judged(R"({"version":"1.0"})"), "PO-3");
  EXPECT_EQ(judged(R"({"version":"1.0","trustPolicies":[]})"), "PO-3");
  EXPECT_EQ(judged(R"({"version":"1.0","trustPolicies":{}})"), "PO-3");
  EXPECT_EQ(judged(R"({"version":"1.0","trustPolicies":[1]})"), "PO-3");
  EXPECT_EQ(judged(R"({"version":"1.0","TrustPolicies":[]})"), "PO-3 PO-3");
  EXPECT_EQ(judged(document({{}, {.scopes = R"(["a.b/c"])"}})),
            "PO-3");  // two statements of one name
  EXPECT_EQ(judged("{\"version\":\"1.0\"," + good.substr(1)), "PO-3");
  EXPECT_EQ(judged(std::string(kMaxPolicyBytes, ' ') + good), "PO-3");
}

TEST(PolicyDocument, EveryProblemIsReportedWithItsPlace) {
  const auto parsed =
      PolicyDocument::parse(document({{.scopes = R"(["a.b/C"])", .stores = R"(["ca"])"},
                                      {.name = R"("b")", .level = R"("strikt")"}}));
  ASSERT_EQ(parsed.problems.size(), 3U);
  EXPECT_EQ(parsed.problems[0].message(),
            "trustPolicies[0].trustStores[0]: \"ca\" is malformed; want <type>:<name>");
  EXPECT_EQ(parsed.problems[1].message(),
            "trustPolicies[0].registryScopes[0]: registry scope \"a.b/C\" is not valid; want a "
            "fully qualified repository "
            "without scheme, protocol or tag, e.g. registry.example.com/team/app");
  EXPECT_EQ(parsed.problems[2].message(),
            "trustPolicies[1].signatureVerification.level: want strict, permissive, audit or skip; "
            "was \"strict\" meant?");
}

TEST(PolicyDocument, LevelsAndOverridesMakeTheTable) {
  const auto table = [](const Text& text) {
    const auto parsed = PolicyDocument::parse(document({text}));
    const VerificationLevel& level = parsed.document->statements()[0].level;
    std::string shown = level.name;
    for (const Check check : kAllChecks) shown += " " + std::string(name(level.of(check)));
    return shown;
  };
  EXPECT_EQ(table({}), "strict enforce enforce enforce enforce enforce");
  EXPECT_EQ(table({.level = R"("permissive")"}), "permissive enforce enforce log log log");
  EXPECT_EQ(table({.level = R"("audit")"}), "audit enforce log log log log");
  EXPECT_EQ(table({.level = R"("skip")", .stores = "[]", .identities = "[]"}),
            "skip skip skip skip skip skip");
  EXPECT_EQ(table({.override_ = R"(,"override":{"expiry":"log","revocation":"skip"})"}),
            "custom enforce enforce enforce log skip");
  EXPECT_EQ(
      table({.level = R"("audit")", .override_ = R"(,"override":{"authenticity":"enforce"})"}),
      "custom enforce enforce log log log");
  EXPECT_EQ(table({.override_ = R"(,"override":{})"}),
            "strict enforce enforce enforce enforce enforce");
  EXPECT_EQ(VerificationLevel().name, "strict");
  EXPECT_FALSE(VerificationLevel().skips_everything());
}

std::string selected(const PolicyDocument& policy, std::string_view repository) {
  const Statement* statement = policy.find(repository);
  return statement == nullptr ? "none" : statement->name;
}

// shows: N-355 N-356 N-357 N-358 N-360
TEST(PolicyDocument, AnExactScopeComesBeforeTheStar) {
  const auto parsed = PolicyDocument::parse(
      document({{.name = R"("any")", .scopes = R"(["*"])"},
                {.name = R"("exact")", .scopes = R"(["a.b/c","x.y:80/z","e.f:443/g"])"}}));
  const PolicyDocument& policy = *parsed.document;
  const std::pair<const char*, const char*> cases[] = {
      {"a.b/c", "exact"},  {"x.y:80/z", "exact"},     {"a.b/c/d", "any"}, {"a.b/cc", "any"},
      {"x.y/z", "any"},    {"e.f/g", "exact"},        {"other/c", "any"}, {"UPPER/Repo", "none"},
      {"a.b", "none"},     {"a.b/c:tag", "none"},     {"*", "none"},      {"", "none"},
      {"[::1]/a", "none"}, {"a.b/c@sha256:0", "none"}};
  for (const auto& [repository, want] : cases)
    EXPECT_EQ(selected(policy, repository), want) << repository;
  EXPECT_TRUE(parsed.warnings.empty());

  const auto without_star = PolicyDocument::parse(document({{.scopes = R"(["a.b/c"])"}}));
  EXPECT_EQ(selected(*without_star.document, "a.b/c"), "shop");
  EXPECT_EQ(selected(*without_star.document, "a.b/c/d"), "none");
  EXPECT_EQ(selected(*without_star.document, "a.b/d"), "none");
  EXPECT_EQ(selected(PolicyDocument(), "a.b/c"), "none");
}

}  // namespace
}  // namespace countersign::trust
