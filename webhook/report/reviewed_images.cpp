#include "report/reviewed_images.hpp"

#include "base/json_text.hpp"
#include "report/image_report.hpp"

namespace countersign::report {
namespace {

std::string_view decision_word(admission::Effect effect) {
  return effect == admission::Effect::kDeny ? "deny" : "allow";
}

/// An image that was not verified: by rule, or because it did not change. All members of a report
/// are there, so that nobody who reads the log has to tell two kinds of entries apart. Returns
/// where what depends on the decision alone begins.
std::size_t write_unverified(const admission::Image& image,
                             const admission::ImageDecision& decision, std::string& out) {
  JsonObjectWriter object(out);
  object.field("image", shown_part(image.reference));
  const std::size_t of_decision = out.size();
  object.raw("repository", R"("","digest":"")")
      .word("outcome", name(decision.outcome))
      .word("code", code(decision.outcome))
      .word("class", name(class_of(decision.outcome)))
      .word("action", admission::name(decision.action))
      .word("decision", decision_word(decision.effect))
      .field("rule", decision.rule)
      // What is the same for all of them is written in one piece.
      .raw(
          "statement",
          R"("","message":"","remedy":"","signatures":[],"timings":{"totalMs":0,"registryMs":0,"exchanges":0})");
  if (decision.skip) object.word("skipReason", admission::name(*decision.skip));
  object.close();
  return of_decision;
}

}  // namespace

void write_reviewed_images(const admission::Review& review, const admission::Decision& decision,
                           std::string& out) {
  out += '[';
  std::size_t tail = 0;  // of the entry before
  std::size_t end = 0;
  for (std::size_t i = 0; i < decision.images.size(); ++i) {
    if (i > 0) out += ',';
    const admission::ImageDecision& image = decision.images[i];
    if (image.verdict == nullptr) {
      if (i > 0 && image == decision.images[i - 1]) {
        // As it is mostly: the images of an object are under one rule.
        out += R"({"image":)";
        append_json_string(out, shown_part(review.images[i].reference));
        out.append(out, tail, end - tail);
      } else {
        tail = write_unverified(review.images[i], image, out);
        end = out.size();
      }
    } else {
      write_image_report(*image.verdict,
                         {.image = review.images[i].reference,
                          .action = admission::name(image.action),
                          .decision = decision_word(image.effect),
                          .rule = image.rule,
                          .verified_ago = image.verified_ago},
                         out);
    }
  }
  out += ']';
}

}  // namespace countersign::report
