/** ECDS resource names of image filters, in every spelling that Istio has had (its 1.21 to 1.25 have a typo). */
const resourcePrefix =
  /^(?:extenstions\.istio\.io\/wasmplugin\/|extensions\.istio\.io\/(?:wasmplugin|trafficextension)\/)?/;
const translatedSuffix = /~istio-translated-wasmplugin$/;

/** `namespace.name` of the WasmPlugin or TrafficExtension behind a filter of Envoy's chain, if there is one behind it. */
export function imageObjectName(seen: string): string {
  return seen.replace(resourcePrefix, '').replace(translatedSuffix, '');
}
