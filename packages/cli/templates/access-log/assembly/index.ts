import {
  HttpFilter,
  JsonWriter,
  LogLevel,
  Plugin,
  attributes,
  log,
  registerPlugin,
} from '@wasmcast/sdk/assembly';

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'critical'];

/** The filter as it is configured: `{"level": "info", "headers": ["user-agent"]}`. */
class AccessLogPlugin extends Plugin {
  level: LogLevel = LogLevel.Info;
  headers: string[] = [];

  onConfigure(): bool {
    const config = this.configuration.settings();
    const level = levels.indexOf(config.textOr('level', 'info'));
    if (level < 0) config.fault('level', 'must be one of ' + levels.join(', '));
    this.level = <LogLevel>level;
    this.headers = config.texts('headers');
    return config.accept();
  }

  createFilter(): HttpFilter {
    return new AccessLog(this);
  }
}

/** One request and its response. */
class AccessLog extends HttpFilter {
  constructor(private plugin: AccessLogPlugin) {
    super();
  }

  onLog(): void {
    const plugin = this.plugin;
    // Nothing is put together that nobody would see.
    if (!log.enabled(plugin.level)) return;
    const line = new JsonWriter()
      .string('method', this.request.method)
      .string('path', this.request.path)
      .string('authority', this.request.authority)
      .integer('status', attributes.response.code())
      .integer('durationMicroseconds', attributes.request.duration() / 1000)
      .integer('requestBytes', attributes.request.size())
      .integer('responseBytes', attributes.response.size())
      .string('source', attributes.source.address())
      .string('upstream', attributes.upstream.address())
      .string('details', attributes.response.code_details());
    for (let i = 0; i < plugin.headers.length; i++) {
      const value = this.request.headers.get(plugin.headers[i]);
      if (value !== null) line.string(plugin.headers[i], value);
    }
    log.write(plugin.level, line.end());
  }
}

registerPlugin(() => new AccessLogPlugin());
