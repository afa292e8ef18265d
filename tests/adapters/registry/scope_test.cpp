#include "adapters/registry/scope.hpp"

#include <gtest/gtest.h>

namespace countersign::registry {
namespace {

std::string scopes(std::string_view challenge) {
  std::string all;
  for (const std::string& scope : scopes_to_request("team/app", challenge))
    all += (all.empty() ? "" : " | ") + scope;
  return all;
}

// shows: R-136
TEST(Scopes, NeverAskForMoreThanReadingOurRepository) {
  EXPECT_EQ(scopes(""), "repository:team/app:pull");
  EXPECT_EQ(scopes("repository:team/app:pull"), "repository:team/app:pull");
  EXPECT_EQ(scopes("repository:team/app:pull,push"), "repository:team/app:pull");
  EXPECT_EQ(scopes("repository:team/app:metadata_read,pull"),
            "repository:team/app:metadata_read,pull");
  EXPECT_EQ(scopes("repository:team/app:*"), "repository:team/app:pull");
  EXPECT_EQ(scopes("repository:team/app:delete"), "repository:team/app:pull");
  EXPECT_EQ(scopes("repository:other:pull repository:team/app:pull"), "repository:team/app:pull");
  EXPECT_EQ(scopes("repository:team/app2:pull"), "repository:team/app:pull");
  EXPECT_EQ(scopes("registry:catalog:*"), "repository:team/app:pull");
  EXPECT_EQ(scopes("aws"), "aws | repository:team/app:pull");
  EXPECT_EQ(scopes("a&b=c  :: :"), "repository:team/app:pull");
  EXPECT_EQ(scopes("repository:host:5000/team/app:pull"), "repository:team/app:pull");
}

}  // namespace
}  // namespace countersign::registry
