#include "adapters/registry/link.hpp"

#include <gtest/gtest.h>

#include "support/matchers.hpp"

namespace countersign::registry {
namespace {

std::string next_of(const std::vector<std::string_view>& fields) {
  const http::Url page = *http::Url::parse("https://r.io/v2/a/referrers/D?artifactType=x");
  const auto next = next_page(fields, page, page.path());
  if (!next) return std::string(next.error().reason().id());
  return *next ? (*next)->to_string() : "none";
}

struct LinkCase {
  const char* field;
  const char* want;
};
class Links : public ::testing::TestWithParam<LinkCase> {};
TEST_P(Links, LeadWhereTheTableSays) { EXPECT_EQ(next_of({GetParam().field}), GetParam().want); }
// shows: R-73 R-75 R-77
INSTANTIATE_TEST_SUITE_P(
    Table, Links,
    ::testing::Values(
        LinkCase{R"(</v2/a/referrers/D?n=2&last=q>; rel="next")",
                 "https://r.io/v2/a/referrers/D?n=2&last=q"},
        LinkCase{R"(<https://r.io:443/v2/a/referrers/D?p=2>; rel=next)",
                 "https://r.io/v2/a/referrers/D?p=2"},
        LinkCase{R"(<?p=2>; rel="next")", "https://r.io/v2/a/referrers/D?p=2"},
        LinkCase{R"(<?p=2>;rel=NEXT)", "https://r.io/v2/a/referrers/D?p=2"},
        LinkCase{R"(<?p=2#f>; rel="next")", "https://r.io/v2/a/referrers/D?p=2"},
        LinkCase{R"(<https://evil.io/v2/a/referrers/D>; rel="next")", "BAD_RESPONSE"},
        LinkCase{R"(<http://r.io/v2/a/referrers/D?p=2>; rel="next")", "BAD_RESPONSE"},
        LinkCase{R"(<https://r.io:8443/v2/a/referrers/D>; rel="next")", "BAD_RESPONSE"},
        LinkCase{R"(<//evil.io/x>; rel="next")", "BAD_RESPONSE"},
        LinkCase{R"(</v2/b/referrers/D?p=2>; rel="next")", "BAD_RESPONSE"},
        LinkCase{R"(</v2/_catalog>; rel="next")", "BAD_RESPONSE"},
        LinkCase{R"(</v2/a/referrers/../../b>; rel="next")", "BAD_RESPONSE"},
        LinkCase{R"(<https://r.io/v2/a/referrers/D/../../../_catalog>; rel="next")",
                 "BAD_RESPONSE"},
        LinkCase{R"(</v2/a/referrers/D/%2E./%2e%2E/x>; rel="next")", "BAD_RESPONSE"},
        LinkCase{R"(</v2/a/referrers/D?p=1>; rel="prev", </v2/a/referrers/D?p=3>; rel="next")",
                 "https://r.io/v2/a/referrers/D?p=3"},
        LinkCase{R"(</v2/a/referrers/D?x=a,b;c>; rel="next last"; title="a,b")",
                 "https://r.io/v2/a/referrers/D?x=a,b;c"},
        LinkCase{R"(<?p=9>; title="rel=next, x"; rel=prev)", "none"},
        LinkCase{R"(<?p=9>; rel=prev; rel=next)", "none"},
        LinkCase{"</v2/a/referrers/D?p=2>", "none"}, LinkCase{"", "none"}, LinkCase{" , ", "none"},
        LinkCase{"/v2/a/referrers/D?p=2; rel=next", "BAD_RESPONSE"},
        LinkCase{"<?p=2; rel=next", "BAD_RESPONSE"},
        LinkCase{R"(<?p=2>; title="x; rel=next)", "BAD_RESPONSE"},
        LinkCase{R"(<https://r.io@evil.io/>; rel="next")", "BAD_RESPONSE"}));

// shows: R-78
TEST(Links, MayStandInSeveralFields) {
  EXPECT_EQ(next_of({R"(<?p=1>; rel="prev")", R"(<?p=3>; rel="next")"}),
            "https://r.io/v2/a/referrers/D?p=3");
  EXPECT_EQ(next_of({}), "none");
}

}  // namespace
}  // namespace countersign::registry
