#include "async/turn.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace countersign {

asio::awaitable<void, Executor> let_others_work() {
  const Executor executor = co_await asio::this_coro::executor;
  co_await asio::post(executor, asio::use_awaitable_t<Executor>());
}

}  // namespace countersign
