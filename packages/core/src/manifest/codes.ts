/** Every code that reading a manifest can give. Codes are never renumbered; a retired one stays retired. */
export const manifestCodes = {
  /** The text is not YAML. */
  syntax: 'WC-MAN-001',
  /** Larger, deeper, or more of something than the reader accepts. */
  limit: 'WC-MAN-002',
  /** The same key twice in one mapping. */
  duplicateKey: 'WC-MAN-003',
  /** A key that is not a string, or that no JSON object can carry safely. */
  badKey: 'WC-MAN-004',
  /** A number that would not arrive as it is written. */
  lossyNumber: 'WC-MAN-005',
  /** A plain scalar that YAML dialects read differently: a timestamp, a number with a leading zero. */
  ambiguousScalar: 'WC-MAN-006',
  /** YAML that the manifest does not use: tags, directives, merge keys, aliases that contain themselves. */
  unsupportedYaml: 'WC-MAN-007',
  /** No document of kind Fleet. */
  noFleet: 'WC-MAN-010',
  /** A document that is not a mapping. */
  notAMapping: 'WC-MAN-011',
  /** Documents of different fleets in one manifest. */
  otherFleet: 'WC-MAN-012',
  /** A part that may stand once in the whole manifest stands in two documents. */
  onlyOnce: 'WC-MAN-013',
  /** A key that the schema does not have there. */
  unknownKey: 'WC-MAN-020',
  /** A required key is not there. */
  missingKey: 'WC-MAN-021',
  /** A value of the wrong type. */
  wrongType: 'WC-MAN-022',
  /** Not one of the listed values. */
  notListed: 'WC-MAN-023',
  /** The right type, but the wrong form or range. */
  badForm: 'WC-MAN-024',
  /** None, or more than one, of keys of which exactly one is needed. */
  exactlyOne: 'WC-MAN-025',
  /** Two filters, targets or bindings of the same name. */
  duplicateName: 'WC-MAN-030',
  /** A chain names a filter that is not defined. */
  unknownFilter: 'WC-MAN-031',
  /** A binding or a wave names a target that is not defined. */
  unknownTarget: 'WC-MAN-032',
  /** A filter stands twice in one chain. */
  repeatedFilter: 'WC-MAN-033',
  /** Warning: no chain uses the filter. */
  unusedFilter: 'WC-MAN-034',
  /** Warning: no binding uses the target. */
  unusedTarget: 'WC-MAN-035',
  /** Warning: the fleet binds nothing. */
  noBindings: 'WC-MAN-036',
  /** A selector that neither a name nor labels narrow, without the word that says so, or with both. */
  emptySelector: 'WC-MAN-040',
  /** A kind of workload that the binding's target does not have. */
  wrongKind: 'WC-MAN-041',
  /** A delivery that does not fit where the module comes from. */
  wrongDelivery: 'WC-MAN-042',
  /** A configuration that the delivery cannot carry. */
  configNotCarried: 'WC-MAN-043',
  /** An environment variable that Istio keeps for itself. */
  reservedEnv: 'WC-MAN-044',
  /** Two services of a local target have the same name or port. */
  duplicateService: 'WC-MAN-045',
  /** A label that Kubernetes does not accept. */
  badLabel: 'WC-MAN-046',
  /** Not a reference to an image. */
  badReference: 'WC-MAN-047',
  /** Warning: a value that looks like a secret. */
  looksSecret: 'WC-MAN-048',
} as const;

/** A code of {@link manifestCodes}. */
export type ManifestCode = (typeof manifestCodes)[keyof typeof manifestCodes];
