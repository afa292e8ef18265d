#include "base/whole_number.hpp"

#include <gtest/gtest.h>

namespace countersign {
namespace {

TEST(WholeNumbers, AreDigitsOnly) {
  EXPECT_EQ(parse_whole_number("0"), 0U);
  EXPECT_EQ(parse_whole_number("100"), 100U);
  for (const std::string_view text : {"", "-1", "+1", "00", "01", "1.0", "1e3", "0x1", " 1", "1 ",
                                      "one", "18446744073709551616"}) {
    EXPECT_FALSE(parse_whole_number(text)) << text;
  }
}

}  // namespace
}  // namespace countersign
