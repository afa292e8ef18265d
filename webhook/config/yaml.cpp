#include "config/yaml.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "yaml/events.hpp"

namespace countersign::config {
namespace {

/// Turns the library's lines and byte columns into ours.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {
    starts_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') starts_.push_back(i + 1);
    }
  }

  [[nodiscard]] std::string_view line(std::size_t index) const {
    if (index >= starts_.size()) return {};
    std::string_view rest = text_.substr(starts_[index]);
    return rest.substr(0, rest.find('\n'));
  }
  [[nodiscard]] std::string_view from(const yaml::Mark& mark) const {
    const auto row = static_cast<std::size_t>(mark.line);
    if (row >= starts_.size()) return {};
    return text_.substr(
        std::min(text_.size(), starts_[row] + static_cast<std::size_t>(mark.column)));
  }
  /// Columns count characters, as editors do.
  [[nodiscard]] Place place(const yaml::Mark& mark) const {
    if (mark.line < 0 || mark.column < 0) return {1, 1};
    return place(static_cast<std::size_t>(mark.line), static_cast<std::size_t>(mark.column));
  }
  [[nodiscard]] Place place_of_offset(std::size_t offset) const {
    const auto after = std::ranges::upper_bound(starts_, offset);
    const auto row = static_cast<std::size_t>(after - starts_.begin()) - 1;
    return place(row, offset - starts_[row]);
  }

 private:
  [[nodiscard]] Place place(std::size_t row, std::size_t byte) const {
    if (row >= starts_.size()) return {static_cast<std::uint32_t>(starts_.size()), 1};
    const std::string_view before = line(row).substr(0, byte);
    const auto characters = std::ranges::count_if(
        before, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
    return {static_cast<std::uint32_t>(row + 1), static_cast<std::uint32_t>(characters + 1)};
  }

  std::string_view text_;
  std::vector<std::size_t> starts_;
};

/// Ends reading: a problem has been added.
struct Stop {};

/// Builds the tree from the library's events. Reading events instead of its own tree is what lets
/// us see a key twice, an anchor, a tag, and how a scalar was written.
class Builder final : public yaml::Events {
 public:
  Builder(const Lines& lines, Problems& problems) : lines_(lines), problems_(problems) {}

  [[nodiscard]] YamlNode take_root() { return std::move(root_); }
  [[nodiscard]] Place last_place() const noexcept { return last_place_; }
  /// A problem ended the reading, and has been told.
  [[nodiscard]] bool stopped() const noexcept { return stopped_; }
  /// Of the innermost `[` or `{` that is open.
  [[nodiscard]] std::optional<Place> open_flow(YamlNode::Kind kind) const {
    const auto innermost = std::find_if(open_.rbegin(), open_.rend(), [&](const Open& each) {
      return each.style == yaml::Style::kFlow && each.node.kind == kind;
    });
    if (innermost == open_.rend()) return std::nullopt;
    return innermost->node.place;
  }

  void document_start(yaml::Mark mark) override {
    if (++documents_ == 1) return;
    const bool marked = lines_.line(static_cast<std::size_t>(mark.line)).starts_with("---");
    stop(mark, marked ? "a second document; a configuration is one document"
                      : "this belongs to nothing before it; check the indentation");
  }
  void document_end() override {}

  void null(yaml::Mark mark, Anchor anchor) override {
    finish(node(YamlNode::Kind::kNull, mark, "", anchor));
  }
  void alias(yaml::Mark mark, Anchor /*anchor*/) override {
    problems_.add(lines_.place(mark), "aliases are not supported; write the value out");
    finish(node(YamlNode::Kind::kRefused, mark, "", 0));
  }
  void scalar(yaml::Mark mark, const std::string& tag, Anchor anchor,
              const std::string& value) override {
    YamlNode read = node(YamlNode::Kind::kText, mark, tag, anchor);
    read.style = tag == "!" ? YamlNode::Style::kQuoted : YamlNode::Style::kPlain;
    read.text = value;
    const bool as_written = lines_.from(mark).starts_with(value);
    if (read.style == YamlNode::Style::kPlain && !as_written &&
        read.kind == YamlNode::Kind::kText) {
      problems_.add(
          read.place,
          "plain text goes on in the next line; put it in quotes, or check the indentation");
      read.kind = YamlNode::Kind::kRefused;
    }
    finish(std::move(read));
  }
  void sequence_start(yaml::Mark mark, const std::string& tag, Anchor anchor,
                      yaml::Style style) override {
    push(node(YamlNode::Kind::kSequence, mark, tag, anchor), style);
  }
  void sequence_end() override { pop(); }
  void mapping_start(yaml::Mark mark, const std::string& tag, Anchor anchor,
                     yaml::Style style) override {
    push(node(YamlNode::Kind::kMapping, mark, tag, anchor), style);
  }
  void mapping_end() override { pop(); }

 private:
  struct Open {
    YamlNode node;
    yaml::Style style = yaml::Style::kBlock;
    bool has_key = false;
    bool key_usable = false;
    std::string key;
    Place key_place;
  };

  [[noreturn]] void stop(const yaml::Mark& mark, std::string what) {
    problems_.add(lines_.place(mark), std::move(what));
    stopped_ = true;
    throw Stop{};
  }

  YamlNode node(YamlNode::Kind kind, const yaml::Mark& mark, const std::string& tag,
                Anchor anchor) {
    if (++nodes_ > kMaxYamlNodes)
      stop(mark, "more than " + std::to_string(kMaxYamlNodes) + " values");
    YamlNode made;
    made.kind = kind;
    made.place = lines_.place(mark);
    last_place_ = made.place;
    if (anchor != 0)
      problems_.add(made.place,
                    "anchors are not supported; write the value out where it is needed");
    const bool tagged = !tag.empty() && tag != "?" && tag != "!";
    if (tagged) problems_.add(made.place, "tags are not supported; remove " + in_quotes(tag));
    if ((tagged || anchor != 0) && kind == YamlNode::Kind::kText)
      made.kind = YamlNode::Kind::kRefused;
    return made;
  }

  void push(YamlNode made, yaml::Style style) {
    if (open_.size() == kMaxYamlDepth) {
      problems_.add(made.place,
                    "nested more than " + std::to_string(kMaxYamlDepth) + " levels deep");
      stopped_ = true;
      throw Stop{};
    }
    Open open;
    open.node = std::move(made);
    open.style = style;
    open_.push_back(std::move(open));
  }
  void pop() {
    YamlNode done = std::move(open_.back().node);
    open_.pop_back();
    finish(std::move(done));
  }

  void finish(YamlNode done) {
    if (open_.empty()) {
      root_ = std::move(done);
    } else if (open_.back().node.kind == YamlNode::Kind::kSequence) {
      open_.back().node.items.push_back(std::move(done));
    } else if (!open_.back().has_key) {
      take_key(open_.back(), std::move(done));
    } else {
      take_value(open_.back(), std::move(done));
    }
  }

  void take_key(Open& mapping, YamlNode key) {
    mapping.has_key = true;
    mapping.key_usable = key.kind == YamlNode::Kind::kText;
    if (key.kind != YamlNode::Kind::kText) {
      if (key.kind != YamlNode::Kind::kRefused) problems_.add(key.place, "a key must be text");
    } else if (key.style == YamlNode::Style::kPlain && key.text == "<<") {
      problems_.add(key.place, "merge keys are not supported; write the keys out");
      mapping.key_usable = false;
    } else if (const YamlEntry* first = mapping.node.find(key.text)) {
      problems_.add(key.place, "key " + in_quotes(key.text) +
                                   " is here a second time; the first is in line " +
                                   std::to_string(first->place.line));
      mapping.key_usable = false;
    }
    mapping.key = std::move(key.text);
    mapping.key_place = key.place;
  }

  void take_value(Open& mapping, YamlNode value) {
    mapping.has_key = false;
    if (!mapping.key_usable) return;
    // The library places a missing value at whatever comes next.
    if (value.kind == YamlNode::Kind::kNull) value.place = mapping.key_place;
    mapping.node.entries.push_back({std::move(mapping.key), mapping.key_place, std::move(value)});
  }

  const Lines& lines_;
  Problems& problems_;
  std::vector<Open> open_;
  YamlNode root_;
  Place last_place_{1, 1};
  std::size_t nodes_ = 0;
  int documents_ = 0;
  bool stopped_ = false;
};

/// The word that stands at `mark`, for messages.
std::string_view word_at(const Lines& lines, const yaml::Mark& mark) {
  const std::string_view rest = lines.from(mark);
  return rest.substr(0, rest.find_first_of(" \t\r\n,]}"));
}

bool indented_with_tab(std::string_view line) {
  return line.substr(0, std::min(line.find_first_not_of(" \t"), line.size())).contains('\t');
}

/// The library's messages speak of its states; operators need what to change, and where.
void explain(const yaml::Broken& error, const Lines& lines, const Builder& builder,
             Problems& problems) {
  const auto says = [&](std::string_view part) { return error.message.contains(part); };
  const auto tell = [&](std::string what) {
    problems.add(lines.place(error.mark), std::move(what));
  };
  if (!error.of_library) return tell(error.message);
  const auto row = static_cast<std::size_t>(std::max(error.mark.line, 0));
  if (indented_with_tab(lines.line(row)))
    return tell("a tab in the indentation; YAML is indented with spaces");
  if (says("referenced anchor is not defined") || says("alias not found")) {
    yaml::Mark star = error.mark;
    const std::size_t at =
        lines.line(row).rfind('*', static_cast<std::size_t>(std::max(star.column, 0)));
    if (at != std::string_view::npos) star.column = static_cast<int>(at);
    return problems.add(
        lines.place(star),
        "text that begins with \"*\" needs quotes, as YAML takes it for an alias: write " +
            in_quotes(word_at(lines, star)));
  }
  if (says("anchor not found")) return tell("text that begins with \"&\" needs quotes");
  if (says("unknown token")) {
    return tell("text cannot begin with " + in_quotes(lines.from(error.mark).substr(0, 1)) +
                " without quotes");
  }
  if (says("illegal map value")) {
    return tell("unexpected \":\"; check the indentation, or put text that holds \": \" in quotes");
  }
  if (says("illegal document indicator in scalar") || says("EOF")) {
    return problems.add(builder.last_place(), "a quoted text begins after here and does not end");
  }
  if (says("end of sequence flow not found")) {
    return problems.add(
        builder.open_flow(YamlNode::Kind::kSequence).value_or(lines.place(error.mark)),
        "a \"[\" without its \"]\", or a \",\" is missing");
  }
  if (says("end of map flow not found")) {
    return problems.add(
        builder.open_flow(YamlNode::Kind::kMapping).value_or(lines.place(error.mark)),
        "a \"{\" without its \"}\", or a \",\" is missing");
  }
  if (says("illegal flow end")) return tell("a \"]\" or \"}\" that closes nothing");
  if (says("end of map not found")) return tell("a key without \":\", or wrong indentation");
  if (says("illegal block entry"))
    return tell("\"-\" begins a list, which belongs in a line of its own");
  tell("not YAML: " + printable(error.message));
}

std::optional<std::size_t> first_invalid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = 1;
    while (length <= 4 && !is_valid_utf8(text.substr(at, length))) ++length;
    if (length > 4) return at;
    at += length;
  }
  return std::nullopt;
}

/// What the library would read in a way of its own: UTF-16, null bytes as the end, lone carriage
/// returns as nothing.
bool check_characters(std::string_view text, const Lines& lines, Problems& problems) {
  if (const auto at = first_invalid_utf8(text)) {
    problems.add(lines.place_of_offset(*at), "not UTF-8");
    return false;
  }
  if (const auto at = first_control_character(text)) {
    problems.add(lines.place_of_offset(*at),
                 "a control character (" + printable(text.substr(*at, 1)) + ")");
    return false;
  }
  return true;
}

bool is_decimal(std::string_view digits) {
  return !digits.empty() &&
         std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
}

/// [-+]? ( digits [. digits*] | . digits ) ( [eE] [-+]? digits )?
bool is_number(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text == ".inf" || text == ".Inf" || text == ".INF" || text == ".nan" || text == ".NaN" ||
      text == ".NAN") {
    return true;
  }
  if (text.starts_with("0x") || text.starts_with("0o")) {
    return text.size() > 2 &&
           text.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos;
  }
  const std::size_t exponent_at = text.find_first_of("eE");
  if (exponent_at != std::string_view::npos) {
    std::string_view exponent = text.substr(exponent_at + 1);
    if (exponent.starts_with('-') || exponent.starts_with('+')) exponent.remove_prefix(1);
    if (!is_decimal(exponent)) return false;
    text = text.substr(0, exponent_at);
  }
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) return is_decimal(text);
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = text.substr(point + 1);
  return (whole.empty() || is_decimal(whole)) && (fraction.empty() || is_decimal(fraction)) &&
         !(whole.empty() && fraction.empty());
}

bool is_boolean_word(std::string_view text) {
  constexpr std::array<std::string_view, 6> kWords = {"true",  "True",  "TRUE",
                                                      "false", "False", "FALSE"};
  return std::ranges::find(kWords, text) != kWords.end();
}

using OrderedJson = nlohmann::ordered_json;

OrderedJson scalar_to_json(const YamlNode& node) {
  switch (scalar_type(node)) {
    case ScalarType::kText:
      break;
    case ScalarType::kBoolean:
      return ascii_lower(node.text) == "true";
    case ScalarType::kWholeNumber: {
      std::int64_t number = 0;
      const auto [end, error] =
          std::from_chars(node.text.data(), node.text.data() + node.text.size(), number);
      if (error == std::errc{} && end == node.text.data() + node.text.size()) return number;
      break;
    }
    case ScalarType::kNumber: {
      const OrderedJson number = OrderedJson::parse(node.text, nullptr, false);
      if (number.is_number()) return number;
      break;
    }
  }
  return node.text;
}

OrderedJson to_json(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
    case YamlNode::Kind::kRefused:
      return nullptr;
    case YamlNode::Kind::kText:
      return scalar_to_json(node);
    case YamlNode::Kind::kSequence: {
      OrderedJson list = OrderedJson::array();
      for (const YamlNode& item : node.items) list.push_back(to_json(item));
      return list;
    }
    case YamlNode::Kind::kMapping: {
      OrderedJson object = OrderedJson::object();
      for (const YamlEntry& entry : node.entries) object[entry.key] = to_json(entry.value);
      return object;
    }
  }
  return nullptr;
}

std::optional<YamlNode> read_events(std::string_view text, const Lines& lines, Problems& problems) {
  // The end marker makes the library notice a quote that is never closed, which it lets pass at the
  // end of the input.
  std::string closed(text);
  closed += text.ends_with('\n') ? "...\n" : "\n...\n";
  Builder builder(lines, problems);
  try {
    if (const auto broken = yaml::read_events(closed, builder)) {
      if (!builder.stopped()) explain(*broken, lines, builder, problems);
      return std::nullopt;
    }
    return builder.take_root();
  } catch (const Stop&) {
    return std::nullopt;
  }
}

}  // namespace

const YamlEntry* YamlNode::find(std::string_view key) const {
  const auto found = std::ranges::find(entries, key, &YamlEntry::key);
  return found == entries.end() ? nullptr : &*found;
}

std::optional<YamlNode> parse_yaml(std::string_view text, Problems& problems) {
  if (text.size() > kMaxYamlBytes) {
    problems.add({}, "larger than 1 MiB");
    return std::nullopt;
  }
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const Lines lines(text);
  if (!check_characters(text, lines, problems)) return std::nullopt;
  return read_events(text, lines, problems);
}

ScalarType scalar_type(const YamlNode& node) {
  if (node.style == YamlNode::Style::kQuoted) return ScalarType::kText;
  if (is_boolean_word(node.text)) return ScalarType::kBoolean;
  std::string_view digits = node.text;
  if (digits.starts_with('-') || digits.starts_with('+')) digits.remove_prefix(1);
  if (is_decimal(digits)) return ScalarType::kWholeNumber;
  return is_number(node.text) ? ScalarType::kNumber : ScalarType::kText;
}

std::string to_json_text(const YamlNode& node) {
  return to_json(node).dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace countersign::config
