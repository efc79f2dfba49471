import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  write,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type SegmentName, segmentFileName } from '../repository/layout.ts';
import { syncFolder } from '../repository/sync-folder.ts';
import { encodeHeader } from './segment-header.ts';

/** An open journal segment. Every method throws or rejects with the operating system's error. */
export interface SegmentFile {
  readonly path: string;
  /** Bytes of the header, which is on disk. */
  readonly headerBytes: number;
  /** Adds all of `data` at the end. */
  writeSync(data: Uint8Array): void;
  write(data: Uint8Array): Promise<void>;
  /** Returns when everything written is on disk. */
  syncSync(): void;
  sync(): Promise<void>;
  truncate(length: number): void;
  close(): void;
}

/** Creates a segment whose name and header are on disk; an unacknowledged one of the same name is replaced. */
export type CreateSegment = (folder: string, name: SegmentName) => SegmentFile;

const writeAsync = promisify(write);
const syncAsync = promisify(fdatasync);

export const createSegmentFile: CreateSegment = (folder, name) => {
  const fileName = segmentFileName(name);
  const path = join(folder, fileName);
  const half = join(folder, `.${fileName}.half`);
  const header = Buffer.from(encodeHeader(name));
  const fd = openSync(half, 'w', 0o600);
  try {
    writeAll(fd, header);
    fsyncSync(fd);
    renameSync(half, path);
    syncFolder(folder);
  } catch (error) {
    closeSync(fd);
    rmSync(half, { force: true });
    throw error;
  }
  return new OpenSegment(fd, path, header.length);
};

class OpenSegment implements SegmentFile {
  readonly #fd: number;

  constructor(
    fd: number,
    readonly path: string,
    readonly headerBytes: number,
  ) {
    this.#fd = fd;
  }

  writeSync(data: Uint8Array): void {
    writeAll(this.#fd, data);
  }

  async write(data: Uint8Array): Promise<void> {
    for (let done = 0; done < data.length; ) {
      const { bytesWritten } = await writeAsync(this.#fd, data, done, data.length - done, null);
      done += bytesWritten;
    }
  }

  syncSync(): void {
    fdatasyncSync(this.#fd);
  }

  sync(): Promise<void> {
    return syncAsync(this.#fd);
  }

  truncate(length: number): void {
    ftruncateSync(this.#fd, length);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function writeAll(fd: number, data: Uint8Array): void {
  for (let done = 0; done < data.length; ) done += writeSync(fd, data, done, data.length - done, null);
}
