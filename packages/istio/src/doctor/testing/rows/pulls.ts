import type { Case } from '../../case.ts';
import { saying } from '../a-case.ts';
import { pulling, quiet, type Row } from './row.ts';

/** What the agent says when it cannot get an image; the words are go-containerregistry's and Go's own. */
const failing = (words: string): Partial<Case> => {
  const url = 'oci://registry.example:5000/istio-test/none:1';
  const log = { ...quiet, pulls: [{ url, words, placeholder: 'deny' as const }] };
  return pulling('none', { log, verdicts: [saying('placeholder-deny')] });
};

/** Why an image did not come. */
export const pullRows: readonly Row[] = [
  [
    'a placeholder and a silent log',
    'WC-DOC-030',
    /could not fetch the module; meanwhile requests pass without the filter/,
    { verdicts: [saying('placeholder-allow')], log: quiet },
  ],
  [
    'an image that is not there',
    'WC-DOC-031',
    /does not have the image: .*; meanwhile every request gets 403/,
    pulling('none', { verdicts: [saying('placeholder-deny')] }),
  ],
  [
    'a wrong secret',
    'WC-DOC-032',
    /does not let the sidecar in/,
    failing('GET https://r/v2/: UNAUTHORIZED: access denied'),
  ],
  [
    'a realm that is no URL',
    'WC-DOC-038',
    /asks for a login in a realm/,
    failing(
      'could not fetch manifest: Get "https://r/v2/": http: server gave HTTP response to HTTPS client; ' +
        'Get "http://r/v2/": rejected unsafe bearer realm: realm scheme "" not allowed',
    ),
  ],
  [
    'a registry of plain HTTP',
    'WC-DOC-039',
    /speaks plain HTTP/,
    failing('could not fetch manifest: Get "https://r/v2/": http: server gave HTTP response to HTTPS client'),
  ],
  [
    'a tag that moved',
    'WC-DOC-033',
    /another image under that name/,
    pulling('doctor-rec', { verdicts: [saying('placeholder-deny')] }),
  ],
  [
    'too many pulls',
    'WC-DOC-034',
    /no more for now/,
    failing('TOOMANYREQUESTS: You have reached your pull rate limit'),
  ],
  [
    'a foreign CA',
    'WC-DOC-035',
    /does not trust/,
    failing('tls: failed to verify certificate: x509: unknown authority'),
  ],
  ['a registry that is away', 'WC-DOC-036', /does not reach/, failing('dial tcp: lookup r: no such host')],
  [
    'a wrong layout',
    'WC-DOC-037',
    /not laid out as Istio takes it/,
    failing(
      'the given image is in invalid format as an OCI image: could not parse as compat variant: invalid media type',
    ),
  ],
];
