#include "adapters/registry/challenge.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace countersign::registry {
namespace {

constexpr std::size_t kMaxField = std::size_t{8} * 1024;
constexpr std::size_t kMaxChallenges = 16;
constexpr ChallengeField kTooMuch{.challenges = {}, .malformed = true, .too_much = true};

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_tchar(char c) { return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").contains(c); }
bool is_token68(char c) { return is_alnum(c) || std::string_view("-._~+/").contains(c); }
bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  ChallengeField run() {
    while (!field_.malformed) {
      while (!at_end() && (is_blank(peek()) || peek() == ',')) ++at_;
      if (at_end()) break;
      element();
    }
    return std::move(field_);
  }

 private:
  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const { return text_[at_]; }
  void skip_blanks() {
    while (!at_end() && is_blank(peek())) ++at_;
  }
  std::string_view run_of(bool (*accepts)(char)) {
    const std::size_t start = at_;
    while (!at_end() && accepts(peek())) ++at_;
    return text_.substr(start, at_ - start);
  }

  /// One element of the comma-separated list: a challenge's start, or a further parameter of the
  /// last one.
  void element() {
    const std::string_view name = run_of(&is_tchar);
    if (name.empty()) {
      field_.malformed = true;
      return;
    }
    const std::size_t after_name = at_;
    skip_blanks();
    if (!at_end() && peek() == '=') {
      if (field_.challenges.empty()) {
        field_.malformed = true;
        return;
      }
      // RFC 9110, 11.3: a challenge has a token68 or parameters, never both.
      if (!field_.challenges.back().token68.empty()) return give_up();
      parameter(name);
      return;
    }
    if (field_.challenges.size() >= kMaxChallenges) {
      field_ = kTooMuch;
      return;
    }
    field_.challenges.push_back(
        Challenge{.scheme = ascii_lower(name), .token68 = {}, .parameters = {}});
    if (at_end() || peek() == ',') return;
    if (at_ == after_name) return give_up();  // something sticks to the scheme's name
    if (read_token68()) return;
    const std::string_view first = run_of(&is_tchar);
    skip_blanks();
    if (first.empty() || at_end() || peek() != '=') return give_up();
    parameter(first);
  }

  /// A run of token68 characters counts only if the element ends behind it.
  bool read_token68() {
    const std::size_t start = at_;
    const std::string_view run = run_of(&is_token68);
    while (!at_end() && peek() == '=') ++at_;
    const std::string_view value = text_.substr(start, at_ - start);
    skip_blanks();
    if (!run.empty() && (at_end() || peek() == ',')) {
      field_.challenges.back().token68 = value;
      return true;
    }
    at_ = start;
    return false;
  }

  /// At the '='.
  void parameter(std::string_view name) {
    ++at_;
    skip_blanks();
    std::string value;
    if (!at_end() && peek() == '"') {
      if (!quoted(&value)) return give_up();
    } else {
      value = run_of(&is_tchar);
      if (value.empty()) return give_up();
    }
    skip_blanks();
    if (!at_end() && peek() != ',') return give_up();
    Challenge& challenge = field_.challenges.back();
    std::string key = ascii_lower(name);
    const bool twice = std::ranges::any_of(challenge.parameters,
                                           [&](const auto& each) { return each.first == key; });
    if (twice) challenge.usable = false;
    challenge.parameters.emplace_back(std::move(key), std::move(value));
  }

  bool quoted(std::string* value) {
    ++at_;
    while (!at_end()) {
      char c = text_[at_++];
      if (c == '"') return true;
      if (c == '\\') {
        if (at_end()) return false;
        c = text_[at_++];
      }
      if (is_control(c)) return false;
      value->push_back(c);
    }
    return false;
  }

  void give_up() {
    field_.challenges.back().usable = false;
    field_.malformed = true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  ChallengeField field_;
};

}  // namespace

std::string_view Challenge::parameter(std::string_view name) const noexcept {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return {};
}

ChallengeField parse_challenges(std::string_view field) {
  if (field.size() > kMaxField) return kTooMuch;
  return Parser(field).run();
}

Demand select_challenge(const std::vector<std::string_view>& fields) {
  std::vector<Challenge> all;
  bool malformed = false;
  bool too_much = false;
  for (const std::string_view text : fields) {
    ChallengeField field = parse_challenges(text);
    malformed = malformed || field.malformed;
    too_much = too_much || field.too_much;
    for (Challenge& challenge : field.challenges) all.push_back(std::move(challenge));
  }
  Demand demand;
  if (fields.empty()) {
    demand.why = "it did not say how to authenticate";
    return demand;
  }
  if (too_much || all.size() > kMaxChallenges) {
    demand.why = "it sent too many challenges";
    return demand;
  }
  std::string schemes;
  bool has_bearer = false;
  const Challenge* basic = nullptr;
  for (const Challenge& challenge : all) {
    has_bearer = has_bearer || challenge.scheme == "bearer";
    if (challenge.usable && challenge.scheme == "bearer" && !challenge.parameter("realm").empty()) {
      demand = {.kind = Demand::Kind::kBearer,
                .realm = std::string(challenge.parameter("realm")),
                .service = std::string(challenge.parameter("service")),
                .scope = std::string(challenge.parameter("scope")),
                .error = std::string(challenge.parameter("error")),
                .why = {}};
      return demand;
    }
    if (challenge.usable && challenge.scheme == "basic" && basic == nullptr) basic = &challenge;
    schemes.append(schemes.empty() ? "" : ", ").append(printable(challenge.scheme, 32));
  }
  if (has_bearer) {
    demand.why = "its Bearer challenge cannot be used";
  } else if (basic != nullptr) {
    demand.kind = Demand::Kind::kBasic;
    demand.realm = basic->parameter("realm");
  } else if (malformed || all.empty()) {
    demand.why = "its challenge cannot be read";
  } else {
    demand.why = "unsupported schemes: " + schemes;
  }
  return demand;
}

}  // namespace countersign::registry
