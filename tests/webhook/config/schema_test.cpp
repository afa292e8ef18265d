#include "config/schema.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "config/keys.hpp"

namespace countersign::config {
namespace {

nlohmann::json at(std::string_view pointer) {
  return nlohmann::json::parse(print_schema())
      .at(nlohmann::json::json_pointer(std::string(pointer)));
}

TEST(Schema, IsTheCheckedInOne) {
  std::ifstream file("../docs/schema/configuration.schema.json");
  std::stringstream checked_in;
  checked_in << file.rdbuf();
  EXPECT_EQ(checked_in.str(), print_schema())
      << "run: countersign config print-schema > docs/schema/configuration.schema.json";
}

TEST(Schema, RefusesUnknownKeysEverywhere) {
  EXPECT_EQ(at("/$schema"), "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(at("/additionalProperties"), false);
  EXPECT_EQ(
      at("/properties/enforcement/properties/rules/items/properties/match/additionalProperties"),
      false);
  EXPECT_EQ(at("/required"), (nlohmann::json{"apiVersion", "kind", "trust"}));
}

TEST(Schema, HasDefaultsChoicesAndBounds) {
  EXPECT_EQ(at("/properties/limits/properties/signatures/default"), 100);
  EXPECT_EQ(at("/properties/limits/properties/signatures/minimum"), 1);
  EXPECT_EQ(at("/properties/limits/properties/verification/default"), "30s");
  EXPECT_EQ(at("/properties/server/properties/address/default"), "0.0.0.0:9443");
  EXPECT_EQ(at("/properties/enforcement/properties/default/properties/action/enum"),
            (nlohmann::json{"enforce", "warn", "audit", "skip"}));
  EXPECT_EQ(at("/properties/registries/items/properties/plainHttp/default"), false);
}

TEST(Schema, LeavesOutWhatIsNotSupportedYet) {
  EXPECT_FALSE(at("/properties").contains("cache"));
  EXPECT_FALSE(at("/properties/enforcement/properties/rules/items/properties/match/properties")
                   .contains("namespaceLabels"));
}

TEST(Keys, StandAfterTheirParents) {
  for (const Key& key : all_keys()) {
    EXPECT_FALSE(key.description.empty()) << key.path;
    if (key.parent().empty()) continue;
    std::string parent(key.parent());
    if (parent.ends_with("[]")) parent.resize(parent.size() - 2);
    const Key* found = find_key(parent);
    ASSERT_NE(found, nullptr) << key.path;
    EXPECT_LT(found, &key);
  }
}

}  // namespace
}  // namespace countersign::config
