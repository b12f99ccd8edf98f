import { Config, HeadersAction, HttpFilter, Plugin, registerPlugin } from '@wasmcast/sdk/assembly';

class Rule extends Config {
  prefix!: string;
  tag!: string;
}

class RulesConfig extends Config {
  rules!: Rule[];
}

class RulesPlugin extends Plugin {
  private rules: Rule[] = [];

  onConfigure(): bool {
    const config = this.configuration.typed<RulesConfig>();
    if (config === null) return false;
    this.rules = config.rules;
    return true;
  }

  createFilter(): HttpFilter {
    return new Rules(this);
  }

  tagOf(path: string): string {
    for (let i = 0; i < this.rules.length; i++) {
      if (path.startsWith(this.rules[i].prefix)) return this.rules[i].tag;
    }
    return 'none';
  }
}

class Rules extends HttpFilter {
  private tag: string = '';

  constructor(private plugin: RulesPlugin) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    this.tag = this.plugin.tagOf(this.request.headers.getOr(':path'));
    return HeadersAction.Continue;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    this.response.headers.set('x-tag', this.tag);
    return HeadersAction.Continue;
  }
}

registerPlugin(() => new RulesPlugin());
