#include "runtime/worker_pool.hpp"

#include <boost/asio/post.hpp>

namespace countersign::runtime {

WorkerPool::~WorkerPool() {
  end();
  stores_.back_room.close();  // it posts to the workers' loops
}

void WorkerPool::end() {
  for (const auto& worker : workers_) worker->end();
}

Worker& WorkerPool::add(GenerationPtr generation, const ops::Log& log,
                        const WorkerOptions& options) {
  return *workers_.emplace_back(
      std::make_unique<Worker>(stores_, std::move(generation), log, options));
}

void WorkerPool::publish(const GenerationPtr& generation) {
  for (const auto& worker : workers_) {
    asio::post(worker->io(), [to = worker.get(), generation] { to->use(generation); });
  }
}

}  // namespace countersign::runtime
