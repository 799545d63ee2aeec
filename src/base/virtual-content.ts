/** One change of a file since its last sync. */
export type Change = { readonly bytes: Uint8Array; readonly position: number } | { readonly truncate: number };

/** Bytes that grow, and read as zeros where nothing was written. */
export class Content {
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

  equals(other: Content): boolean {
    if (this.length !== other.length) return false;
    for (let i = 0; i < this.length; i++) if (this.#bytes[i] !== other.#bytes[i]) return false;
    return true;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(bytes, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.length));
    this.#bytes = larger;
  }
}
