/** One change of a file since its last sync. */
export type Change = { readonly bytes: Uint8Array; readonly position: number } | { readonly truncate: number };

/**
 * The content of a file, as written and as of its last sync. Between the two lie the changes one by one, so that a
 * crash can be modelled that lets any of them through, or half of one.
 */
export class File {
  modifiedMs: number;
  #written = new Content();
  #synced = new Content();
  #unsynced: Change[] = [];

  constructor(modifiedMs: number) {
    this.modifiedMs = modifiedMs;
  }

  get length(): number {
    return this.#written.length;
  }

  read(into: Uint8Array, position: number): number {
    return this.#written.read(into, position);
  }

  change(change: Change, nowMs: number): void {
    this.#written.apply(change);
    this.#unsynced.push(change);
    this.modifiedMs = nowMs;
  }

  // Costs what was changed, not what the file holds: a log that is synced after each append stays linear.
  sync(): void {
    for (const change of this.#unsynced) this.#synced.apply(change);
    this.#unsynced = [];
  }

  revert(): void {
    this.#unsynced = [];
    this.#written = this.#synced.copy();
  }
}

/** The names in a folder, as they are and as of its last sync. */
export class Folder {
  readonly modifiedMs: number;
  entries: Map<string, DiskNode> = new Map();
  synced: Map<string, DiskNode> = new Map();

  constructor(modifiedMs: number) {
    this.modifiedMs = modifiedMs;
  }

  revert(): void {
    this.entries = new Map(this.synced);
    for (const node of this.entries.values()) node.revert();
  }
}

export type DiskNode = File | Folder;

class Content {
  length = 0;
  #bytes = new Uint8Array(0);

  read(into: Uint8Array, position: number): number {
    const part = this.#bytes.subarray(Math.min(position, this.length), Math.min(position + into.length, this.length));
    into.set(part);
    return part.length;
  }

  apply(change: Change): void {
    if ('truncate' in change) {
      this.#reserve(change.truncate);
      this.#bytes.fill(0, change.truncate, Math.max(change.truncate, this.length)); // What is cut off reads as zeros if the file grows again.
      this.length = change.truncate;
      return;
    }
    this.#reserve(change.position + change.bytes.length);
    this.#bytes.set(change.bytes, change.position);
    this.length = Math.max(this.length, change.position + change.bytes.length);
  }

  copy(): Content {
    const copy = new Content();
    copy.#bytes = this.#bytes.slice(0, this.length);
    copy.length = this.length;
    return copy;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(bytes, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.length));
    this.#bytes = larger;
  }
}
