#pragma once
/// Logs: one JSON object a line on stderr. Time, level and a stable `event` name come first.
///
/// Values from outside are escaped by the writer. Secrets never reach here: there is no way to log
/// a request header or a body.

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/json_text.hpp"

namespace countersign::ops {

enum class Level : std::uint8_t { kDebug, kInfo, kWarn, kError };
[[nodiscard]] std::string_view name(Level level) noexcept;

enum class Format : std::uint8_t { kJson, kText };

/// Where finished lines go. Called from every worker thread.
class LogSink {
 public:
  LogSink() = default;
  LogSink(const LogSink&) = delete;
  LogSink& operator=(const LogSink&) = delete;
  virtual ~LogSink() = default;
  /// `line` without its newline.
  virtual void write(Level level, std::string_view line) = 0;
};

/// Keeps nothing: for commands that say all on standard output.
class NullSink final : public LogSink {
 public:
  void write(Level /*level*/, std::string_view /*line*/) override {}
};

/// stderr: the JSON as it is, or `time level event name=value …` for people. One write a line, but
/// for what a LogBatch gathers.
[[nodiscard]] std::unique_ptr<LogSink> make_stderr_sink(Format format);

/// While it lives, the lines of the calling thread that only inform go to stderr together: a loop
/// that answers several requests in one turn writes their records once. Warnings and errors take
/// what is gathered along and leave at once. One for a thread.
class LogBatch {
 public:
  /// `flush_soon` has `flush_this_thread` called on this thread when the loop has done what is
  /// ready now. Called with the first line after each flush.
  explicit LogBatch(std::function<void()> flush_soon);
  ~LogBatch();
  LogBatch(const LogBatch&) = delete;
  LogBatch& operator=(const LogBatch&) = delete;

  /// Writes what the calling thread has gathered, if anything.
  static void flush_this_thread() noexcept;
};

class Log;

/// One line in the making; it goes out when it ends.
class LogLine {
 public:
  LogLine(const Log& log, Level level, std::string_view event);
  ~LogLine();
  LogLine(const LogLine&) = delete;
  LogLine& operator=(const LogLine&) = delete;

  template <class T>
  LogLine& field(std::string_view name, const T& value) {
    if (writer_) writer_->field(name, value);
    return *this;
  }
  LogLine& word(std::string_view name, std::string_view word) {
    if (writer_) writer_->word(name, word);
    return *this;
  }
  /// For a value that `write` appends as JSON to the string that it is given.
  template <std::invocable<std::string&> Write>
  LogLine& value(std::string_view name, Write write) {
    if (writer_) write(writer_->open(name));
    return *this;
  }

 private:
  const Log* log_;
  Level level_;
  std::string* text_;  ///< this thread's buffer
  std::optional<JsonObjectWriter> writer_;
};

class Log {
 public:
  Log(LogSink& sink, Level level) : sink_(&sink), level_(level) {}
  [[nodiscard]] bool enabled(Level level) const noexcept { return level >= level_; }
  [[nodiscard]] LogLine debug(std::string_view event) const {
    return {*this, Level::kDebug, event};
  }
  [[nodiscard]] LogLine info(std::string_view event) const { return {*this, Level::kInfo, event}; }
  [[nodiscard]] LogLine warn(std::string_view event) const { return {*this, Level::kWarn, event}; }
  [[nodiscard]] LogLine error(std::string_view event) const {
    return {*this, Level::kError, event};
  }
  void write(Level level, std::string_view line) const { sink_->write(level, line); }

 private:
  LogSink* sink_;
  Level level_;
};

/// Appends the present time as a log writes it, quickly: the date is worked out once a second.
void append_timestamp(std::string& out);

}  // namespace countersign::ops
