#include "report/json_report.hpp"

#include <nlohmann/json.hpp>

#include "report/image_report.hpp"

namespace countersign::report {

std::string to_json(const Report& report) {
  std::string out =
      R"({"apiVersion":"countersign.dev/v1alpha1","kind":"VerificationReport","images":[)";
  bool first = true;
  for (const Entry& entry : report.entries) {
    if (!first) out += ',';
    first = false;
    write_image_report(*entry.verdict,
                       {.image = entry.image,
                        .action = entry.action,
                        .decision = entry.denied ? "deny" : "allow",
                        .rule = entry.rule,
                        .verified_ago = entry.verified_ago},
                       out);
  }
  out += "]}";
  constexpr int kIndent = 2;
  using Json = nlohmann::ordered_json;
  return Json::parse(out).dump(kIndent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace countersign::report
