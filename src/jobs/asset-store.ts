/**
 * Files of the service: what clients sent and what was made for them. Names on the disk are ids that the service chose;
 * nothing that a client says becomes part of a path.
 *
 * @module
 */

/** A stored file. */
export interface Asset {
  readonly id: string;
  readonly owner: string;
  readonly mediaType: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** A file that is complete and in its place, but belongs to nobody yet: it counts once a job remembers it. */
export type NewAsset = Omit<Asset, 'createdAt'>;

/** Keeps files. */
export interface AssetStore {
  /**
   * Takes a file in. When this returns, all of it is on the disk.
   *
   * @param limit - Most bytes that are taken.
   * @throws LoquentError `REQUEST_TOO_LARGE`, `INPUT_EMPTY`, `DISK_FULL`; nothing is left behind then.
   */
  receive(chunks: AsyncIterable<Uint8Array>, limit: number): Promise<ReceivedFile>;
  /** Takes over a file that was made in {@link AssetStore.workFolder}; it moves away from there. */
  adopt(path: string): Promise<ReceivedFile>;
  /** Removes a file that nobody remembers. */
  discard(id: string): Promise<void>;
  /** What is known about a file; `null` if nobody remembers it. */
  find(id: string): Promise<Asset | null>;
  /** Whether a file is still what it was when it was taken in. */
  isIntact(asset: Asset): Promise<boolean>;
  /** Bytes of all files that are remembered. */
  usedBytes(): Promise<number>;
  /** Where a file lies. */
  pathOf(id: string): string;
  /** An empty private folder for one piece of work; its worker's temporary files go there too. */
  workFolder(): Promise<string>;
  /** Removes a work folder with everything in it. */
  removeWorkFolder(path: string): Promise<void>;
  /** Removes what earlier processes left behind: work folders, and files that nobody remembers. */
  sweep(): Promise<void>;
}

/** A file that was just taken in. */
export interface ReceivedFile {
  readonly id: string;
  readonly bytes: number;
  readonly sha256: string;
  /** The first bytes, enough to recognise the format. */
  readonly head: Uint8Array;
}
