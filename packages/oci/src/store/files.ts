/** The files of an OCI layout, wherever they are kept; names have `/` and no `..`, because only this package makes them. */
export interface LayoutFiles extends AsyncDisposable {
  /** For messages. */
  readonly name: string;
  /** `undefined` if there is no such file. @throws OciError `tooLarge` above `limit` bytes */
  read(name: string, limit: number): Promise<Uint8Array | undefined>;
  write(name: string, content: Uint8Array): Promise<void>;
  finish(): Promise<void>;
}
