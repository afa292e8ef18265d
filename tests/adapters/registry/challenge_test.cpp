#include "adapters/registry/challenge.hpp"

#include <gtest/gtest.h>

namespace countersign::registry {
namespace {

/// "bearer{realm=a, service=b}; basic{}"; "!" for what is unusable or broke off.
std::string print(const ChallengeField& field) {
  std::string text;
  bool broken = false;
  for (const Challenge& challenge : field.challenges) {
    if (!text.empty()) text += "; ";
    if (!challenge.usable) {
      text += "!";
      broken = true;
      continue;
    }
    text += challenge.scheme;
    if (!challenge.token68.empty()) {
      text += " " + challenge.token68;
      continue;
    }
    text += "{";
    for (const auto& [name, value] : challenge.parameters) {
      if (!text.ends_with("{")) text += "|";
      text += name + "=" + value;
    }
    text += "}";
  }
  if (field.malformed && !broken) text += text.empty() ? "!" : "; !";
  return text;
}

struct ChallengeCase {
  std::string field;
  std::string want;
};
class Challenges : public ::testing::TestWithParam<ChallengeCase> {};
TEST_P(Challenges, AreReadAsTheTableSays) {
  EXPECT_EQ(print(parse_challenges(GetParam().field)), GetParam().want);
}
// shows: R-111 R-112
INSTANTIATE_TEST_SUITE_P(
    Table, Challenges,
    ::testing::Values(
        ChallengeCase{
            R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:samalba/my-app:pull,push")",
            "bearer{realm=https://auth.docker.io/"
            "token|service=registry.docker.io|scope=repository:samalba/my-app:pull,push}"},
        ChallengeCase{R"(bearer REALM="https://a/t" , Service="s")",
                      "bearer{realm=https://a/t|service=s}"},
        ChallengeCase{R"(Bearer realm = "https://a/t")", "bearer{realm=https://a/t}"},
        ChallengeCase{R"(Negotiate, Basic realm="x")", "negotiate{}; basic{realm=x}"},
        ChallengeCase{R"(Basic realm="x", Bearer realm="https://a/t",service="s")",
                      "basic{realm=x}; bearer{realm=https://a/t|service=s}"},
        ChallengeCase{R"(Negotiate abcd==, Bearer realm="https://a/t")",
                      "negotiate abcd==; bearer{realm=https://a/t}"},
        ChallengeCase{R"(Digest realm="r", nonce="n", Basic realm="b")",
                      "digest{realm=r|nonce=n}; basic{realm=b}"},
        ChallengeCase{R"(Bearer realm="https://a/t",,service="s",)",
                      "bearer{realm=https://a/t|service=s}"},
        ChallengeCase{R"(Bearer realm="a\"b\\c")", R"(bearer{realm=a"b\c})"},
        ChallengeCase{
            R"(Bearer error="invalid_token",realm="https://a/t",error_description="x, y")",
            "bearer{error=invalid_token|realm=https://a/t|error_description=x, y}"},
        ChallengeCase{R"(Bearer realm="https://a/t",scope="a,b=c, Basic realm=evil")",
                      "bearer{realm=https://a/t|scope=a,b=c, Basic realm=evil}"},
        ChallengeCase{R"(Bearer scope="repository:a:pull repository:b:pull",realm="https://a/t")",
                      "bearer{scope=repository:a:pull repository:b:pull|realm=https://a/t}"},
        ChallengeCase{R"(Bearer realm="https://a/t",service=my-service)",
                      "bearer{realm=https://a/t|service=my-service}"},
        ChallengeCase{R"(Basic realm="simple", charset="UTF-8")",
                      "basic{realm=simple|charset=UTF-8}"},
        ChallengeCase{R"(Foo bar=baz, Bearer realm="https://a/t")",
                      "foo{bar=baz}; bearer{realm=https://a/t}"},
        ChallengeCase{"NTLM", "ntlm{}"}, ChallengeCase{"Bearer realm=", "bearer realm="},
        ChallengeCase{"Bearer", "bearer{}"}, ChallengeCase{"Bearer   ", "bearer{}"},
        ChallengeCase{R"(Bearer realm="")", "bearer{realm=}"}, ChallengeCase{"", ""},
        ChallengeCase{"  ,, ", ""}));
// shows: R-113
INSTANTIATE_TEST_SUITE_P(
    Malformed, Challenges,
    ::testing::Values(ChallengeCase{"Bearer realm=https://a/t", "!"},
                      ChallengeCase{R"(Bearer realm="https://a/t)", "!"},
                      ChallengeCase{R"(Bearer realm="https://a/t" service="s")", "!"},
                      ChallengeCase{"Bearer realm='https://a/t'", "!"},
                      ChallengeCase{R"(Bearer realm="https://a/t";service="s")", "!"},
                      ChallengeCase{R"(Bearer realm="https://a/t",realm="https://evil/t")", "!"},
                      ChallengeCase{std::string("Bearer realm=\"https://a/t\",\0x=\"y\"", 33),
                                    "bearer{realm=https://a/t}; !"},
                      ChallengeCase{R"(Basic realm="b", Bearer realm="x)", "basic{realm=b}; !"},
                      ChallengeCase{R"(Bearer abc, realm="https://a/t")", "!"},
                      ChallengeCase{R"(Basic realm="b", Bearer abc==, realm="x", Foo)",
                                    "basic{realm=b}; !"},
                      ChallengeCase{R"(realm="x")", "!"}, ChallengeCase{R"(Bearer realm="a\)", "!"},
                      ChallengeCase{"Bearer realm=\"a\nb\"", "!"},
                      ChallengeCase{"Bearer/realm=x", "!"}, ChallengeCase{"=x", "!"},
                      ChallengeCase{std::string(9000, 'a'), "!"}));

std::string chosen(const std::vector<std::string_view>& fields) {
  const Demand demand = select_challenge(fields);
  switch (demand.kind) {
    case Demand::Kind::kBearer:
      return "bearer " + demand.realm;
    case Demand::Kind::kBasic:
      return "basic";
    case Demand::Kind::kNone:
      return demand.why;
  }
  return "";
}

// shows: R-110 R-123 R-124
TEST(SelectChallenge, TakesBearerBeforeBasic) {
  EXPECT_EQ(chosen({R"(Basic realm="x", Bearer realm="https://a/t")"}), "bearer https://a/t");
  EXPECT_EQ(chosen({R"(Basic realm="x")", R"(Bearer realm="https://a/t")"}), "bearer https://a/t");
  EXPECT_EQ(chosen({R"(Basic realm="x")"}), "basic");
  EXPECT_EQ(chosen({}), "it did not say how to authenticate");
  EXPECT_EQ(chosen({R"(Negotiate, NTLM, Digest realm="x")"}),
            "unsupported schemes: negotiate, ntlm, digest");
}

TEST(SelectChallenge, NeverTurnsABrokenBearerIntoBasic) {
  for (const char* bearer :
       {"Bearer", R"(Bearer realm="")", R"(Bearer realm="a",realm="b")", R"(Bearer realm="x)"}) {
    EXPECT_EQ(chosen({R"(Basic realm="x")", bearer}), "its Bearer challenge cannot be used")
        << bearer;
  }
}

// shows: R-125
TEST(SelectChallenge, IsBounded) {
  std::string many;
  for (int i = 0; i < 20; ++i) many += R"(Basic realm="x", )";
  EXPECT_TRUE(parse_challenges(many).malformed);
  std::vector<std::string_view> fields(20, R"(Bearer realm="https://a/t")");
  EXPECT_EQ(chosen(fields), "it sent too many challenges");
}

TEST(SelectChallenge, TakesNoBasicBesideWhatItDoesNotRead) {
  std::string many = R"(Bearer realm="https://a/t")";
  for (int i = 0; i < 16; ++i) many += ", Negotiate";
  const std::string long_one = R"(Bearer realm="https://a/)" + std::string(9000, 'a') + "\"";
  for (const std::string& unread : {many, long_one}) {
    EXPECT_EQ(chosen({unread, R"(Basic realm="x")"}), "it sent too many challenges");
    EXPECT_EQ(chosen({R"(Basic realm="x")", unread}), "it sent too many challenges");
  }
}

}  // namespace
}  // namespace countersign::registry
