# Rails' Action Cable alone, on puma: a stream for each group.
# ruby server.rb PORT REDIS_PORT EVENT_FILE
require "action_cable"
require "logger"
require "puma"
require "puma/configuration"
require "puma/launcher"

port, redis_port = ARGV

module ApplicationCable
  class Connection < ActionCable::Connection::Base
  end
end

class Feed < ActionCable::Channel::Base
  def subscribed
    params[:groups].split(",").each { |group| stream_from group }
  end
end

ActionCable.server.config.cable = { "adapter" => "redis", "url" => "redis://127.0.0.1:#{redis_port}/0" }
ActionCable.server.config.connection_class = -> { ApplicationCable::Connection }
ActionCable.server.config.disable_request_forgery_protection = true
ActionCable.server.config.logger = Logger.new($stderr, level: Logger::WARN)
# Rails' own defaults.
ActionCable.server.config.worker_pool_size = 4

configuration = Puma::Configuration.new do |puma|
  puma.bind "tcp://127.0.0.1:#{port}?backlog=4096"
  puma.threads 5, 5
  puma.workers 0
  puma.app ActionCable.server
  puma.quiet
end
Puma::Launcher.new(configuration, log_writer: nil).run
