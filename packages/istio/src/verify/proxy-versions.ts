import type { ServerInfo } from './server-info.ts';

/**
 * Envoy's versions by the images that proxies run. An image's digest stands for its bytes, so one of its proxies is asked, and
 * not thousands: the page that says it is the largest of all.
 */
export class ProxyVersions {
  readonly #known = new Map<string, string>();

  /** The version behind `imageId`, from `read` if no proxy with this image has said it yet. Throws what `read` throws. */
  async of(imageId: string | undefined, read: () => Promise<ServerInfo>): Promise<string | undefined> {
    // A runtime may call an image by a name, which can be given to another; only a digest cannot.
    const key = imageId?.includes('sha256:') === true ? imageId : undefined;
    const known = key === undefined ? undefined : this.#known.get(key);
    if (known !== undefined) return known;
    const { envoy } = await read();
    if (key !== undefined && envoy !== undefined) this.#known.set(key, envoy);
    return envoy;
  }
}
