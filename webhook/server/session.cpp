#include "server/session.hpp"

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>

#include "async/timer.hpp"
#include "base/text.hpp"
#include "server/held.hpp"
#include "server/reply.hpp"
#include "server/request_body.hpp"

namespace countersign::server {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using ErrorCode = boost::system::error_code;
using State = Progress::State;
constexpr asio::use_awaitable_t<Executor> kAwaitable;

/// Bytes that a buffer holds beyond what was read into it, so that the JSON parser need not copy
/// the body.
constexpr std::size_t kBodySpare = 64;
constexpr std::size_t kReadChunk = 16384;
/// Of the memory of one request, what a connection keeps for the next: enough for ordinary reviews;
/// and less when there are more connections than API servers have.
constexpr std::size_t kKeepCapacity = std::size_t{64} * 1024;
constexpr std::size_t kKeepCapacityOfMany = std::size_t{8} * 1024;
/// Bodies up to this size are always taken: even as many as there may be connections fit into
/// max_body_bytes_in_flight.
constexpr std::size_t kSmallBody = std::size_t{64} * 1024;

/// Whether what came is not HTTP, rather than not all there.
bool is_malformed(const ErrorCode& error) {
  return error.category() == make_error_code(http::error::bad_method).category() &&
         error != http::error::end_of_stream && error != http::error::partial_message;
}

/// What a request that cannot be read is told; nothing if the other side is gone.
std::optional<Reply> refusal(const ErrorCode& error) {
  if (error == http::error::body_limit) {
    return plain_reply(413, "the request body is over the limit");
  }
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return plain_reply(431, "the request header is over the limit");
  }
  if (is_malformed(error)) return plain_reply(400, "not an HTTP/1.1 request");
  return std::nullopt;
}

std::size_t spare_after(const RequestBody::value_type& body) {
  return body.in_place.empty() ? body.collected.capacity() - body.collected.size() : kBodySpare;
}

class HttpSession final : public Session {
 public:
  HttpSession(Executor executor, ServerState& state, Handler& handler,
              std::unique_ptr<Stream> stream, Clock& clock);

  asio::awaitable<void, Executor> run() override;
  void sweep(Clock::TimePoint now) override;
  void cut() override;
  void end_if_idle() override;

 private:
  using Parser = http::request_parser<RequestBody, std::pmr::polymorphic_allocator<char>>;
  enum class Until : std::uint8_t { kHeader, kDone };

  asio::awaitable<void, Executor> serve_requests();
  std::optional<Progress> feed(Parser& parser, Until until, ErrorCode& error);
  asio::awaitable<ErrorCode, Executor> feed_later(Parser& parser, Until until, Progress progress);
  std::optional<Progress> transmit(std::span<const char>& rest);
  asio::awaitable<bool, Executor> transmit_later(std::span<const char> rest, Progress progress);
  asio::awaitable<void, Executor> refuse(std::optional<Reply> reply);
  [[nodiscard]] std::size_t expected_body(const Parser& parser) const;
  void release_memory(std::size_t kept);
  [[nodiscard]] std::span<char> room();
  void expire_after(std::chrono::seconds span) { expires_ = clock_.now() + span; }

  /// The header fields of an ordinary request.
  static constexpr std::size_t kFieldBytes = 1024;

  Executor executor_;
  ServerState& state_;
  Handler& handler_;
  Clock& clock_;
  const Held connection_;
  std::unique_ptr<Stream> stream_;
  Clock::TimePoint expires_;
  bool idle_ = false;  ///< waits for a request

  // Kept from one request to the next for their memory.
  beast::flat_buffer buffer_;
  std::array<std::byte, kFieldBytes> field_memory_;
  std::pmr::monotonic_buffer_resource fields_{field_memory_.data(), field_memory_.size()};
  Reply reply_;
  std::string out_;
};

HttpSession::HttpSession(Executor executor, ServerState& state, Handler& handler,
                         std::unique_ptr<Stream> stream, Clock& clock)
    : executor_(std::move(executor)),
      state_(state),
      handler_(handler),
      clock_(clock),
      connection_(state.connections, 1),
      stream_(std::move(stream)),
      expires_(clock.now() + state.limits.handshake_timeout),
      buffer_(state.limits.max_header_bytes + state.limits.max_body_bytes) {}

asio::awaitable<void, Executor> HttpSession::run() {
  constexpr std::chrono::seconds kGoodbye{2};
  Progress progress = stream_->handshake();
  while (progress.state != State::kDone) {
    const bool ready = co_await stream_->ready(progress);
    if (!ready) co_return;
    progress = stream_->handshake();
  }
  co_await serve_requests();
  buffer_.clear();  // nobody counts any more what it may still hold of a request
  release_memory(0);
  if (!stream_->is_open()) co_return;
  expire_after(kGoodbye);
  progress = stream_->shutdown();
  while (progress.state != State::kDone) {
    const bool ready = co_await stream_->ready(progress);
    if (!ready) break;
    progress = stream_->shutdown();
  }
  if (!stream_->is_open()) co_return;
  co_await stream_->linger();
}

void HttpSession::sweep(Clock::TimePoint now) {
  if (now < expires_) return;
  if (idle_) {
    end_if_idle();
  } else {
    cut();
  }
}

void HttpSession::cut() { stream_->close(); }

void HttpSession::end_if_idle() {
  if (idle_) stream_->cancel();
}

/// Sends what the socket has room for. What to wait for before the next try; nothing when all has
/// left.
std::optional<Progress> HttpSession::transmit(std::span<const char>& rest) {
  while (!rest.empty()) {
    const Progress progress = stream_->write(rest);
    if (progress.state != State::kDone) return progress;
    rest = rest.subspan(progress.bytes);
  }
  return std::nullopt;
}

/// After a `transmit` that must wait for `progress`. False if the connection ends before all has
/// left.
asio::awaitable<bool, Executor> HttpSession::transmit_later(std::span<const char> rest,
                                                            Progress progress) {
  for (std::optional<Progress> next = progress; next; next = transmit(rest)) {
    const bool ready = co_await stream_->ready(*next);
    if (!ready) co_return false;
  }
  co_return true;
}

/// The last reply of a session, if there is one to give.
asio::awaitable<void, Executor> HttpSession::refuse(std::optional<Reply> reply) {
  if (!reply) co_return;
  std::string bytes;
  write_reply(*reply, Connection::kClose, Part::kWhole, bytes);
  expire_after(state_.limits.write_timeout);
  std::span<const char> rest(bytes);
  if (const auto progress = transmit(rest)) {
    const bool sent = co_await transmit_later(rest, *progress);
    static_cast<void>(sent);
  }
}

/// Where to read to: whatever comes, kBodySpare bytes of the buffer's memory follow it.
std::span<char> HttpSession::room() {
  return {static_cast<char*>(buffer_.prepare(kReadChunk + kBodySpare).data()), kReadChunk};
}

/// Gives the parser what has arrived. What to wait for before the next try; nothing when the parser
/// has what is wanted, or failed with `error`. A request that came in one piece, as they mostly do,
/// is parsed without another turn of the loop.
std::optional<Progress> HttpSession::feed(Parser& parser, Until until, ErrorCode& error) {
  while (until == Until::kHeader ? !parser.is_header_done() : !parser.is_done()) {
    const std::size_t used = parser.put(buffer_.data(), error);
    buffer_.consume(used);
    if (error && error != http::error::need_more) return std::nullopt;
    if (!error && used > 0) continue;
    if (buffer_.size() + kReadChunk + kBodySpare > buffer_.max_size()) {
      error = http::error::buffer_overflow;
      return std::nullopt;
    }
    const Progress progress = stream_->read(room());
    if (progress.state != State::kDone) return progress;
    buffer_.commit(progress.bytes);
  }
  error = {};
  return std::nullopt;
}

/// After a `feed` that must wait for `progress`. What is wrong; nothing if the parser has what is
/// wanted.
asio::awaitable<ErrorCode, Executor> HttpSession::feed_later(Parser& parser, Until until,
                                                             Progress progress) {
  ErrorCode error;
  for (std::optional<Progress> next = progress; next; next = feed(parser, until, error)) {
    const bool ready = co_await stream_->ready(*next);
    if (!ready) co_return http::error::partial_message;
  }
  co_return error;
}

/// Of a request whose header has come.
std::size_t HttpSession::expected_body(const Parser& parser) const {
  if (const auto announced = parser.content_length()) return static_cast<std::size_t>(*announced);
  return parser.chunked() ? state_.limits.max_body_bytes : 0;
}

asio::awaitable<void, Executor> HttpSession::serve_requests() {
  const Limits& limits = state_.limits;
  std::string body;  // kept from one request to the next for its memory
  // Asking for the time costs some: it is read anew where it may have passed, and deadlines of
  // seconds are counted from there.
  auto now = clock_.now();
  while (true) {
    fields_.release();
    if (buffer_.size() == 0) {
      idle_ = true;
      expires_ = now + limits.idle_timeout;
      // Most likely nothing has come yet, and a first try would be in vain.
      Progress progress{.state = stream_->has_input() ? State::kDone : State::kWaitsForInput};
      do {
        if (progress.state != State::kDone) {
          const bool ready = co_await stream_->ready(progress);
          if (!ready) co_return;
        }
        progress = stream_->read(room());
      } while (progress.state != State::kDone);
      idle_ = false;
      buffer_.commit(progress.bytes);
    }
    now = clock_.now();
    const auto received = now;
    expires_ = received + limits.receive_timeout;
    // Until the reply has left, so that a drain waits for it.
    const UnderWay under_way(state_);

    Parser parser(std::piecewise_construct, std::tuple(),
                  std::tuple(Parser::value_type::allocator_type(&fields_)));
    parser.header_limit(static_cast<std::uint32_t>(limits.max_header_bytes));
    parser.body_limit(limits.max_body_bytes);
    parser.get().body().collected = std::move(body);
    parser.get().body().collected.clear();
    ErrorCode error;
    if (const auto progress = feed(parser, Until::kHeader, error)) {
      error = co_await feed_later(parser, Until::kHeader, *progress);
      now = clock_.now();
    }
    if (error) {
      co_await refuse(refusal(error));
      co_return;
    }

    const std::size_t expected = expected_body(parser);
    const Held held(state_.body_bytes, expected > kSmallBody ? expected : 0);
    if (expected > kSmallBody && held.total() > limits.max_body_bytes_in_flight) {
      co_await refuse(plain_reply(503, "too many large requests at once"));
      co_return;
    }
    if (parser.chunked() || buffer_.size() < expected) {
      parser.get().body().collected.reserve((parser.chunked() ? kReadChunk : expected) +
                                            kBodySpare);
    }
    const bool is_http_1_1 = parser.get().version() >= 11;
    if (is_http_1_1 && !parser.is_done() &&
        ascii_iequals(parser.get()[http::field::expect], "100-continue")) {
      constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
      std::span<const char> rest(kGoOn);
      if (const auto progress = transmit(rest)) {
        const bool sent = co_await transmit_later(rest, *progress);
        if (!sent) co_return;
        now = clock_.now();
      }
    }
    if (const auto progress = feed(parser, Until::kDone, error)) {
      error = co_await feed_later(parser, Until::kDone, *progress);
      now = clock_.now();
    }
    if (error) {
      co_await refuse(refusal(error));
      co_return;
    }

    const auto& message = parser.get();
    const Request request{.method = message.method_string(),
                          .target = message.target(),
                          .content_type = message[http::field::content_type],
                          .body = message.body().view(),
                          .spare = spare_after(message.body()),
                          .received = received};
    reply_.clear();
    expires_ = now + limits.handle_timeout;
    try {
      co_await handler_.handle(request, reply_);
    } catch (const std::exception&) {
      reply_ = plain_reply(500, "internal error");
    }
    const bool keep_alive = is_http_1_1 && message.keep_alive() && !reply_.close &&
                            !state_.draining.load(std::memory_order_relaxed);
    write_reply(reply_, keep_alive ? Connection::kKeepAlive : Connection::kClose,
                message.method() == http::verb::head ? Part::kHeader : Part::kWhole, out_);
    // Behind what else is ready: the replies of one turn of the loop leave one right after the
    // other, and a client that serves several connections, as API servers do, is woken once.
    co_await asio::post(executor_, kAwaitable);
    now = clock_.now();
    expires_ = now + limits.write_timeout;
    std::span<const char> rest(out_);
    if (const auto progress = transmit(rest)) {
      const bool sent = co_await transmit_later(rest, *progress);
      if (!sent) co_return;
      now = clock_.now();
    }
    if (!keep_alive) co_return;
    body = std::move(parser.get().body().collected);
    // What one large request needed is not kept until the next.
    const std::size_t kept =
        state_.connections.load() <= kFewConnections ? kKeepCapacity : kKeepCapacityOfMany;
    if (body.capacity() > kept) std::string().swap(body);
    release_memory(kept);
  }
}

/// What is larger than `kept`; but for what came of a next request already.
void HttpSession::release_memory(std::size_t kept) {
  for (std::string* each : {&reply_.body, &out_}) {
    if (each->capacity() > kept) std::string().swap(*each);
  }
  if (buffer_.capacity() > kept) buffer_.shrink_to_fit();
}

}  // namespace

std::unique_ptr<Session> make_session(Executor executor, ServerState& state, Handler& handler,
                                      std::unique_ptr<Stream> stream, Clock& clock) {
  return std::make_unique<HttpSession>(std::move(executor), state, handler, std::move(stream),
                                       clock);
}

}  // namespace countersign::server
