import {
  Config,
  HeadersAction,
  HttpFilter,
  Plugin,
  clearRouteCache,
  equalsIgnoringCase,
  registerPlugin,
} from '@wasmcast/sdk/assembly';

/** Who goes to a pool: whose host and country are both among its own. An empty list stands for any. */
class Rule extends Config {
  pool!: string;
  /** As `acme.example`, or `*.acme.example` for every name below it. */
  hosts: string[] = [];
  /** As `DE`. */
  countries: string[] = [];

  validate(): void {
    if (this.hosts.length + this.countries.length == 0)
      this.fault('hosts', 'must name a host, or "countries" a country');
  }

  fits(host: string, country: string): bool {
    return this.hasHost(host) && this.hasCountry(country);
  }

  private hasHost(host: string): bool {
    for (let i = 0; i < this.hosts.length; i++) {
      const name = this.hosts[i];
      const tail = host.length - name.length + 1;
      if (
        name.startsWith('*.')
          ? tail > 0 && equalsIgnoringCase(host.substring(tail), name.substring(1))
          : equalsIgnoringCase(host, name)
      )
        return true;
    }
    return this.hosts.length == 0;
  }

  private hasCountry(country: string): bool {
    for (let i = 0; i < this.countries.length; i++) {
      if (equalsIgnoringCase(this.countries[i], country)) return true;
    }
    return this.countries.length == 0;
  }
}

/** The configuration: `{"fallback": "shared", "rules": [{"pool": "acme", "hosts": ["*.acme.example"]}, {"pool": "eu", "countries": ["DE", "FR"]}]}`. */
class Routes extends Config {
  /** The header that tells the routes. */
  header: string = 'x-pool';
  /** The header in which the edge of the network says where a client is. */
  countryHeader: string = 'x-country';
  fallback: string = 'shared';
  /** The first that fits counts. */
  rules!: Rule[];
}

/** The filter as it is configured. */
class TenantRoutePlugin extends Plugin {
  routes!: Routes;

  onConfigure(): bool {
    const routes = this.configuration.typed<Routes>();
    if (routes === null) return false;
    this.routes = routes;
    return true;
  }

  createFilter(): HttpFilter {
    return new TenantRoute(this.routes);
  }
}

/** One request. */
class TenantRoute extends HttpFilter {
  constructor(private routes: Routes) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const routes = this.routes;
    const headers = this.request.headers;
    const host = withoutPort(this.request.authority);
    const country = headers.getOr(routes.countryHeader);
    let pool = routes.fallback;
    for (let i = 0; i < routes.rules.length; i++) {
      if (!routes.rules[i].fits(host, country)) continue;
      pool = routes.rules[i].pool;
      break;
    }
    // Replaces what the client itself asks for. Routes match on it, so the route is chosen again.
    headers.set(routes.header, pool);
    clearRouteCache();
    return HeadersAction.Continue;
  }
}

function withoutPort(authority: string): string {
  const colon = authority.lastIndexOf(':');
  // The colons of an IPv6 address stand in brackets.
  return colon > authority.indexOf(']') ? authority.substring(0, colon) : authority;
}

registerPlugin(() => new TenantRoutePlugin());
