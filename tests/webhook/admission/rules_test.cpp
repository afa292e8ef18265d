#include "admission/rules.hpp"

#include <gtest/gtest.h>

#include "support/matchers.hpp"
#include "webhook/admission/pipeline.hpp"

namespace countersign::admission {
namespace {

using countersign::testing::FailsSaying;
using testing::rule;
using testing::rules_of;

std::string chosen(const Rules& rules, std::string_view namespace_name,
                   std::optional<std::string_view> image) {
  const auto choice = rules.choose(namespace_name, [&] { return image; });
  return std::string(choice.rule) + " " + std::string(name(choice.action));
}

const Rules kRules = rules_of(
    Action::kAudit,
    {rule("platform", {"kube-system", "gatekeeper-*"}, {"mcr.microsoft.com/**"}, Action::kSkip),
     rule("ci", {}, {"shop.example/**", "shop.azurecr.io/**"}, Action::kEnforce),
     rule("sandbox", {"sandbox-*"}, {}, Action::kWarn),
     rule("shadowed", {}, {"shop.example/x"}, Action::kSkip)});

// shows: K-127
TEST(Rules, TakeTheFirstThatMatches) {
  // Fields are ANDed, entries ORed.
  EXPECT_EQ(chosen(kRules, "kube-system", "mcr.microsoft.com/a/b"), "platform skip");
  EXPECT_EQ(chosen(kRules, "gatekeeper-x", "mcr.microsoft.com/a"), "platform skip");
  EXPECT_EQ(chosen(kRules, "shop", "mcr.microsoft.com/a"), "default audit");
  EXPECT_EQ(chosen(kRules, "kube-system", "docker.io/library/nginx"), "default audit");
  EXPECT_EQ(chosen(kRules, "kube-system", "shop.azurecr.io/x"), "ci enforce");
  EXPECT_EQ(chosen(kRules, "sandbox-1", "shop.example/x"), "ci enforce");
  EXPECT_EQ(chosen(kRules, "sandbox-1", "docker.io/library/nginx"), "sandbox warn");
  EXPECT_EQ(chosen(kRules, "", "docker.io/library/nginx"), "default audit");
}

TEST(Rules, MatchInvalidReferencesWithoutImagePatternsOnly) {
  EXPECT_EQ(chosen(kRules, "kube-system", std::nullopt), "default audit");
  EXPECT_EQ(chosen(kRules, "sandbox-1", std::nullopt), "sandbox warn");
  const Rules all = rules_of(Action::kEnforce, {rule("all", {}, {"**"}, Action::kSkip)});
  EXPECT_EQ(chosen(all, "shop", std::nullopt), "default enforce");
}

// A tightening rule must not be escaped by an object that cannot be read, nor a loosening one be
// reached by it.
TEST(Rules, TakeTheStrictestForWhatCouldNotBeRead) {
  const auto unread = [](const Rules& rules, std::string_view namespace_name) {
    const auto choice = rules.choose_for_unread(namespace_name);
    return std::string(choice.rule) + " " + std::string(name(choice.action));
  };
  EXPECT_EQ(unread(kRules, "kube-system"), "ci enforce");
  EXPECT_EQ(unread(kRules, "sandbox-1"), "ci enforce");
  const Rules lax =
      rules_of(Action::kEnforce, {rule("vendor", {}, {"mcr.microsoft.com/**"}, Action::kSkip),
                                  rule("sandbox", {"sandbox-*"}, {}, Action::kAudit),
                                  rule("late", {}, {"shop.example/**"}, Action::kWarn)});
  EXPECT_EQ(unread(lax, "sandbox-1"), "sandbox audit") << "what comes after it is never reached";
  EXPECT_EQ(unread(lax, "shop"), "default enforce");
  const Rules by_namespace = rules_of(Action::kEnforce, {rule("off", {"ci"}, {}, Action::kSkip)});
  EXPECT_TRUE(by_namespace.choose_for_unread("ci").by_namespace_only);
  EXPECT_EQ(unread(rules_of(Action::kSkip, {}), "shop"), "default skip");
}

TEST(Rules, TakeTheStrictestOfAllNamespacesIfThatCouldNotBeReadEither) {
  const Rules strict = rules_of(Action::kAudit, {rule("sandbox", {"sandbox-*"}, {}, Action::kSkip),
                                                 rule("shop", {"shop"}, {}, Action::kEnforce)});
  EXPECT_EQ(strict.choose_for_unread(std::nullopt).rule, "shop");
  EXPECT_EQ(strict.choose_for_unread("other").action, Action::kAudit);
  const Rules ends = rules_of(Action::kEnforce, {rule("all", {}, {}, Action::kWarn)});
  EXPECT_EQ(ends.choose_for_unread(std::nullopt).rule, "all") << "what comes after is not reached";
}

TEST(Rules, AskForTheImageOnlyWhenARuleDoes) {
  const Rules by_namespace = rules_of(
      Action::kEnforce,
      {rule("a", {"shop"}, {}, Action::kSkip), rule("b", {"other"}, {"**"}, Action::kWarn)});
  int asked = 0;
  const auto count = [&]() -> std::optional<std::string_view> {
    ++asked;
    return std::nullopt;
  };
  EXPECT_TRUE(by_namespace.choose("shop", count).by_namespace_only);
  EXPECT_EQ(by_namespace.choose("third", count).rule, "default");
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(by_namespace.choose("other", count).rule, "default");
  EXPECT_EQ(asked, 1);
}

TEST(Rules, EnforceByDefault) {
  EXPECT_EQ(chosen(Rules(), "shop", "docker.io/library/nginx"), "default enforce");
  EXPECT_EQ(Rules().unknown_kinds(), UnknownKinds::kDeny);
}

TEST(Rules, NeedNamesOfTheirOwn) {
  const auto create = [](std::vector<Rule> rules) {
    return Rules::create(Action::kEnforce, UnknownKinds::kDeny, std::move(rules));
  };
  EXPECT_THAT(create({rule("", {}, {}, Action::kSkip)}),
              FailsSaying(Outcome::kInternalError, "rule \"\": a rule needs a name"));
  EXPECT_THAT(create({rule("default", {}, {}, Action::kSkip)}),
              FailsSaying(Outcome::kInternalError,
                          "rule \"default\": the name \"default\" is taken by the default action"));
  EXPECT_THAT(create({rule("a", {}, {}, Action::kSkip), rule("a", {}, {}, Action::kWarn)}),
              FailsSaying(Outcome::kInternalError, "rule \"a\": another rule has this name"));
}

TEST(Action, HasNames) {
  EXPECT_EQ(name(Action::kEnforce), "enforce");
  EXPECT_EQ(name(Action::kWarn), "warn");
  EXPECT_EQ(name(Action::kAudit), "audit");
  EXPECT_EQ(name(Action::kSkip), "skip");
}

}  // namespace
}  // namespace countersign::admission
