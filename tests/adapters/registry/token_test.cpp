#include "adapters/registry/token.hpp"

#include <gtest/gtest.h>

#include "support/matchers.hpp"

namespace countersign::registry {
namespace {

using testing::FailsWith;
using testing::IsOk;

const Instant kNow = *parse_rfc3339("2026-11-24T10:00:00Z");

struct LifeCase {
  const char* body;
  const char* token;
  long seconds;
};
class TokenAnswers : public ::testing::TestWithParam<LifeCase> {};
TEST_P(TokenAnswers, AreReadAsTheTableSays) {
  const auto answer = read_token_answer(GetParam().body, kNow);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->token.reveal(), GetParam().token);
  EXPECT_EQ(answer->lifetime.count(), GetParam().seconds);
}
// shows: R-126 R-127 R-128 R-129
INSTANTIATE_TEST_SUITE_P(
    Table, TokenAnswers,
    ::testing::Values(
        LifeCase{R"({"token":"a"})", "a", 60}, LifeCase{R"({"access_token":"b"})", "b", 60},
        LifeCase{R"({"token":"a","access_token":"b"})", "b", 60},
        LifeCase{R"({"token":"a","access_token":""})", "a", 60},
        LifeCase{R"({"token":"a","expires_in":300})", "a", 300},
        LifeCase{R"({"token":"a","expires_in":0})", "a", 60},
        LifeCase{R"({"token":"a","expires_in":-5})", "a", 60},
        LifeCase{R"({"token":"a","expires_in":"300"})", "a", 60},
        LifeCase{R"({"token":"a","expires_in":1e3})", "a", 60},
        LifeCase{R"({"token":"a","expires_in":null})", "a", 60},
        LifeCase{R"({"token":"a","expires_in":315360000})", "a", 3600},
        LifeCase{R"({"token":"a","expires_in":18446744073709551615})", "a", 3600},
        LifeCase{R"({"token":"a","expires_in":300,"issued_at":"2036-01-01T00:00:00Z"})", "a", 300},
        LifeCase{R"({"token":"a","expires_in":300,"issued_at":"yesterday"})", "a", 300},
        LifeCase{R"({"token":"a","expires_in":300,"issued_at":"2026-11-24T09:59:00Z"})", "a", 240},
        LifeCase{R"({"token":"a","expires_in":300,"issued_at":"2020-01-01T00:00:00Z"})", "a", 0}));

class TokenAnswersRefused : public ::testing::TestWithParam<std::string> {};
TEST_P(TokenAnswersRefused, AsBadResponse) {
  const auto answer = read_token_answer(GetParam(), kNow);
  EXPECT_THAT(answer, FailsWith(Outcome::kRegistryMisbehaved, "BAD_RESPONSE"));
  EXPECT_EQ(answer.error().message().find("secret"), std::string::npos);
}
// shows: R-130 R-131
INSTANTIATE_TEST_SUITE_P(Table, TokenAnswersRefused,
                         ::testing::Values("", "{}", "[]", "null", "<html>", R"({"token":""})",
                                           R"({"token":5})", R"({"token":"a b"})",
                                           R"({"token":"secret\r\nX: y"})",
                                           R"({"token":"secret\u0000"})", R"({"token":"secreté"})",
                                           R"({"token":"a","token":"b"})",
                                           R"({"token":")" + std::string(20480, 'a') + R"("})",
                                           R"({"token":"a","x":")" + std::string(1048576, 'a') +
                                               R"("})"));

TokenWish wish(std::optional<oci::Credential> credential = std::nullopt) {
  return {.endpoint = *Endpoints::make({})->of("a.io"),
          .repository = "team/app",
          .realm = *http::Url::parse("https://a.io/token?account=x"),
          .service = "x&scope=repository:other:push",
          .scopes = {"repository:team/app:pull"},
          .credential = std::move(credential)};
}

oci::Credential credential(std::string user, std::string password, std::string identity = {}) {
  return {.username = std::move(user),
          .password = Secret(std::move(password)),
          .identity_token = Secret(std::move(identity)),
          .registry_token = {}};
}

// shows: R-109 R-118 R-119
TEST(TokenRequest, EncodesWhatTheRegistrySaid) {
  const http::Request request = token_request(wish(), TokenForm::kAnonymousGet);
  EXPECT_EQ(request.url.to_string(),
            "https://a.io/"
            "token?account=x&service=x%26scope%3Drepository%3Aother%3Apush&scope=repository%3Ateam%"
            "2Fapp%3Apull");
  EXPECT_EQ(request.route.purpose, http::Purpose::kToken);
  EXPECT_TRUE(request.authorization.empty());
}

// shows: R-143
TEST(TokenRequest, SendsUserAndPasswordAsTheyAre) {
  const http::Request request =
      token_request(wish(credential("user", "p:ä:ss")), TokenForm::kBasicGet);
  EXPECT_EQ(request.authorization.reveal(), "Basic dXNlcjpwOsOkOnNz");
}

// shows: R-135
TEST(TokenRequest, PostsIdentityTokensWithoutAuthorization) {
  const http::Request request =
      token_request(wish(credential("", "", "id&token")), TokenForm::kRefreshPost);
  EXPECT_EQ(request.method, http::Method::kPost);
  EXPECT_EQ(request.url.to_string(), "https://a.io/token?account=x");
  EXPECT_EQ(request.body,
            "grant_type=refresh_token&service=x%26scope%3Drepository%3Aother%3Apush&client_id="
            "countersign&scope="
            "repository%3Ateam%2Fapp%3Apull&refresh_token=id%26token");
  EXPECT_TRUE(request.authorization.empty());
}

TEST(TokenRequest, PicksTheFormByWhatItHas) {
  using enum TokenForm;
  EXPECT_EQ(token_forms(wish()), std::vector{kAnonymousGet});
  EXPECT_EQ(token_forms(wish(credential("u", "p"))), (std::vector{kBasicGet, kPasswordPost}));
  EXPECT_EQ(token_forms(wish(credential("", "", "id"))), std::vector{kRefreshPost});
  EXPECT_EQ(token_forms(wish(credential("u", "p", "id"))), (std::vector{kRefreshPost, kBasicGet}));
  EXPECT_EQ(token_forms(wish(credential("00000000-0000-0000-0000-000000000000", "p"))),
            (std::vector{kRefreshPost, kBasicGet}));
  EXPECT_EQ(token_forms(wish(credential("u", ""))), std::vector{kAnonymousGet});
  EXPECT_TRUE(wants_other_form(kBasicGet, 404));
  EXPECT_TRUE(wants_other_form(kBasicGet, 400));
  EXPECT_FALSE(wants_other_form(kBasicGet, 401));
  EXPECT_FALSE(wants_other_form(kRefreshPost, 400));
}

}  // namespace
}  // namespace countersign::registry
