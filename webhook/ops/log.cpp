#include "ops/log.hpp"

#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <nlohmann/json.hpp>

#include "base/instant.hpp"

namespace countersign::ops {
namespace {

/// `time level event name=value …`; values other than plain words stay JSON.
std::string as_text(std::string_view line) {
  const auto fields = nlohmann::ordered_json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!fields.is_object()) return std::string(line);
  std::string text;
  for (const auto& [name, value] : fields.items()) {
    if (!text.empty()) text += ' ';
    if (name == "time" || name == "level" || name == "event") {
      text += value.get<std::string>();
    } else {
      text += name + "=" + value.dump();
    }
  }
  return text;
}

/// Gathered lines are written when they are this many bytes, whatever the loop does.
constexpr std::size_t kMaxGathered = std::size_t{64} * 1024;

/// What is kept of the memory of long lines.
constexpr std::size_t kKeptBytes = std::size_t{256} * 1024;

/// Forgets a text, but not the memory of an ordinary one.
void empty(std::string& text) noexcept {
  if (text.capacity() > kKeptBytes) std::string().swap(text);
  text.clear();
}

class StderrSink;

/// What a thread has gathered. Trivial to find: each line of log asks for it.
struct Gathered {
  std::function<void()> flush_soon;  ///< none: nothing is gathered on this thread
  StderrSink* sink = nullptr;
  std::string lines;
  bool awaited = false;  ///< flush_soon has been called
};
Gathered& gathered() {
  thread_local Gathered of_this_thread;
  return of_this_thread;
}

class StderrSink final : public LogSink {
 public:
  explicit StderrSink(Format format) : format_(format) {}

  void write(Level level, std::string_view line) override {
    if (format_ == Format::kText) {
      put(level, as_text(line));
    } else {
      put(level, line);
    }
  }

  void write_gathered(Gathered& batch) {
    print(batch.lines);
    empty(batch.lines);
    batch.awaited = false;
  }

 private:
  void put(Level level, std::string_view line) {
    Gathered& batch = gathered();
    batch.lines += line;
    batch.lines += '\n';
    const bool alone = !batch.flush_soon;
    if (alone || level >= Level::kWarn || batch.lines.size() >= kMaxGathered) {
      return write_gathered(batch);
    }
    batch.sink = this;
    if (batch.awaited) return;
    batch.flush_soon();
    batch.awaited = true;
  }

  /// Whole lines of one thread are not mixed with those of another. What cannot be written is lost:
  /// nobody can be told.
  void print(std::string_view lines) {
    const std::scoped_lock lock(mutex_);
    while (!lines.empty()) {
      const ssize_t count = ::write(STDERR_FILENO, lines.data(), lines.size());
      if (count < 0 && errno != EINTR) return;
      if (count > 0) lines.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  Format format_;
  std::mutex mutex_;
};

std::string& thread_buffer() {
  thread_local std::string buffer;
  return buffer;
}

}  // namespace

std::string_view name(Level level) noexcept {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarn:
      return "warn";
    case Level::kError:
      return "error";
  }
  return "error";
}

std::unique_ptr<LogSink> make_stderr_sink(Format format) {
  return std::make_unique<StderrSink>(format);
}

LogBatch::LogBatch(std::function<void()> flush_soon) {
  gathered().flush_soon = std::move(flush_soon);
}

LogBatch::~LogBatch() {
  flush_this_thread();
  gathered() = {};
}

void LogBatch::flush_this_thread() noexcept {
  Gathered& batch = gathered();
  if (batch.sink == nullptr) return;
  try {
    batch.sink->write_gathered(batch);
  } catch (const std::exception&) {
    // No memory for lines of log: the lines are lost, not the process.
    batch.lines.clear();
    batch.awaited = false;
  }
}

void append_timestamp(std::string& out) {
  thread_local std::int64_t second = -1;
  thread_local std::string prefix;
  const Instant now = Instant::now();
  if (now.seconds != second) {
    second = now.seconds;
    prefix = format_rfc3339(Instant{now.seconds, 0});
    prefix.pop_back();  // Z
  }
  out += prefix;
  const int millis = now.nanoseconds / 1'000'000;
  const char fraction[5] = {'.', static_cast<char>('0' + millis / 100),
                            static_cast<char>('0' + millis / 10 % 10),
                            static_cast<char>('0' + millis % 10), 'Z'};
  out.append(fraction, sizeof fraction);
}

LogLine::LogLine(const Log& log, Level level, std::string_view event)
    : log_(&log), level_(level), text_(nullptr) {
  if (!log.enabled(level)) return;
  text_ = &thread_buffer();
  text_->clear();
  writer_.emplace(*text_);
  std::string& time = writer_->open("time");
  time += '"';
  append_timestamp(time);
  time += '"';
  writer_->word("level", name(level)).word("event", event);
}

LogLine::~LogLine() {
  if (!writer_) return;
  try {
    writer_->close();
    log_->write(level_, *text_);
    empty(*text_);
  } catch (const std::exception&) {
    // No memory for a line of log: the line is lost, not the process.
  }
}

}  // namespace countersign::ops
