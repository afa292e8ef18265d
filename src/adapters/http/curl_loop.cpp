#include "adapters/http/curl_loop.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace countersign::http {
namespace {

// oci-registry 5.14: without a host limit 400 parallel requests opened 298 connections. Fewer than
// this would be a second line behind the one for verifications (decisions 34), in which a namespace
// whose images are slow stands before everybody else.
constexpr long kMaxHostConnections = 64;
constexpr long kMaxTotalConnections = 256;
constexpr long kMaxIdleConnections = 64;
constexpr long kMaxConcurrentStreams = 100;

}  // namespace

struct CurlLoop::Watch {
  using Descriptor = asio::posix::basic_stream_descriptor<Executor>;

  Watch(Executor executor, curl_socket_t socket) : descriptor(executor), socket(socket) {}

  Descriptor descriptor;
  curl_socket_t socket;
  int wanted = 0;   ///< CURL_POLL_IN, CURL_POLL_OUT or both
  int waiting = 0;  ///< the directions that Asio waits for
  bool forgotten = false;
};

CurlLoop::CurlLoop(Executor executor) : executor_(executor), timer_(executor) { build(); }

CurlLoop::~CurlLoop() {
  fail_all(CURLE_ABORTED_BY_CALLBACK);
  timer_.cancel();
  // Cleaning up may still call on_socket, so watches go last.
  if (multi_ != nullptr) curl_multi_cleanup(multi_);
  for (auto& [socket, watch] : watches_) forget(watch);
  *alive_ = nullptr;
}

void CurlLoop::build() {
  multi_ = curl_multi_init();
  if (multi_ == nullptr) return;
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlLoop::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlLoop::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, kMaxHostConnections);
  curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, kMaxTotalConnections);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kMaxIdleConnections);
  curl_multi_setopt(multi_, CURLMOPT_MAX_CONCURRENT_STREAMS, kMaxConcurrentStreams);
}

void CurlLoop::rebuild() {
  fail_all(CURLE_SEND_ERROR);
  if (multi_ != nullptr) curl_multi_cleanup(multi_);
  for (auto& [socket, watch] : watches_) forget(watch);
  watches_.clear();
  ++timer_generation_;
  timer_.cancel();
  ++rebuilt_;
  build();
}

int CurlLoop::on_socket(CURL* /*easy*/, curl_socket_t socket, int what, void* self,
                        void* /*unused*/) noexcept {
  auto& loop = *static_cast<CurlLoop*>(self);
  if (what == CURL_POLL_REMOVE) {
    const auto found = loop.watches_.extract(socket);
    if (!found.empty()) loop.forget(found.mapped());
    return 0;
  }
  try {
    const auto known = loop.watches_.find(socket);
    std::shared_ptr<Watch> watch = known != loop.watches_.end() ? known->second : nullptr;
    if (!watch) {
      watch = std::make_shared<Watch>(loop.executor_, socket);
      loop.watches_.emplace(socket, watch);  // from here on it is let go of with all others
      boost::system::error_code error;
      watch->descriptor.assign(socket, error);
      if (error) {
        loop.watches_.erase(socket);
        return -1;
      }
    }
    watch->wanted = what;
    loop.arm(watch);
    return 0;
  } catch (...) {
    return -1;
  }
}

int CurlLoop::on_timer(CURLM* /*multi*/, long milliseconds, void* self) noexcept {
  auto& loop = *static_cast<CurlLoop*>(self);
  const std::uint64_t generation = ++loop.timer_generation_;
  try {
    loop.timer_.cancel();
    if (milliseconds < 0) return 0;
    loop.timer_.expires_after(std::chrono::milliseconds(milliseconds));
    // A cancelled timer may still deliver a handler that was already queued, hence the generation.
    loop.timer_.async_wait([alive = loop.alive_, generation](boost::system::error_code error) {
      if (!error && *alive != nullptr && (*alive)->timer_generation_ == generation) {
        (*alive)->act(CURL_SOCKET_TIMEOUT, 0);
      }
    });
    return 0;
  } catch (...) {
    return -1;
  }
}

void CurlLoop::arm(const std::shared_ptr<Watch>& watch) {
  for (const int direction : {CURL_POLL_IN, CURL_POLL_OUT}) {
    if ((watch->wanted & direction) != 0 && (watch->waiting & direction) == 0)
      wait(watch, direction);
  }
}

void CurlLoop::wait(const std::shared_ptr<Watch>& watch, int direction) {
  const bool in = direction == CURL_POLL_IN;
  watch->waiting |= direction;
  watch->descriptor.async_wait(
      in ? Watch::Descriptor::wait_read : Watch::Descriptor::wait_write,
      [alive = alive_, watch, direction, in](boost::system::error_code error) {
        watch->waiting &= ~direction;
        // The number may already be someone else's; the object says whether it is still ours.
        if (*alive == nullptr || watch->forgotten) return;
        if (error != asio::error::operation_aborted && (watch->wanted & direction) != 0) {
          (*alive)->act(watch->socket,
                        (in ? CURL_CSELECT_IN : CURL_CSELECT_OUT) | (error ? CURL_CSELECT_ERR : 0));
        }
        if (*alive != nullptr && !watch->forgotten) (*alive)->arm(watch);
      });
}

void CurlLoop::forget(const std::shared_ptr<Watch>& watch) {
  watch->forgotten = true;
  watch->wanted = 0;
  if (!watch->descriptor.is_open()) return;
  boost::system::error_code ignored;
  watch->descriptor.cancel(ignored);
  watch->descriptor.release();
}

void CurlLoop::act(curl_socket_t socket, int events) {
  int running = 0;
  if (curl_multi_socket_action(multi_, socket, events, &running) != CURLM_OK) {
    rebuild();
    return;
  }
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const easy = message->easy_handle;  // the message dies in finish()
    const CURLcode code = message->data.result;
    finish(easy, code);
  }
}

std::uint64_t CurlLoop::start(CURL* easy, Completion done) {
  const std::uint64_t id = next_id_++;
  live_.emplace(easy, Live{id, std::move(done), asio::executor_work_guard<Executor>(executor_)});
  if (multi_ == nullptr || curl_multi_add_handle(multi_, easy) != CURLM_OK) {
    finish(easy, CURLE_FAILED_INIT);
    return 0;
  }
  return id;
}

void CurlLoop::cancel(CURL* easy, std::uint64_t id) {
  const auto found = live_.find(easy);
  if (found != live_.end() && found->second.id == id) finish(easy, CURLE_ABORTED_BY_CALLBACK);
}

void CurlLoop::time_out(CURL* easy) {
  if (live_.contains(easy)) finish(easy, CURLE_OPERATION_TIMEDOUT);
}

void CurlLoop::finish(CURL* easy, CURLcode code) {
  if (multi_ != nullptr) curl_multi_remove_handle(multi_, easy);
  auto found = live_.extract(easy);
  if (found.empty()) return;
  // Never inline: the coroutine calls back into libcurl.
  asio::post(executor_, [live = std::move(found.mapped()), code]() mutable { live.done(code); });
}

void CurlLoop::fail_all(CURLcode code) {
  while (!live_.empty()) finish(live_.begin()->first, code);
}

}  // namespace countersign::http
