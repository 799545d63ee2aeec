/** Unpacks one block of LZ4 to exactly `bytes` bytes; undefined where it is none, or has another length. */
export function unpackLz4(packed: Uint8Array, bytes: number): Uint8Array | undefined {
  const out = new Uint8Array(bytes);
  return fill(packed, out) ? out : undefined;
}

/** As Hadoop wrote LZ4: blocks, each behind its length unpacked and packed, the highest byte first. */
export function unpackLz4Frames(packed: Uint8Array, bytes: number): Uint8Array | undefined {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const out = new Uint8Array(bytes);
  let [at, filled] = [0, 0];
  while (at < packed.length) {
    if (at + 8 > packed.length) return undefined;
    const [long, short] = [view.getUint32(at), view.getUint32(at + 4)];
    at += 8;
    if (short > packed.length - at || long > bytes - filled) return undefined;
    if (!fill(packed.subarray(at, at + short), out.subarray(filled, filled + long))) return undefined;
    at += short;
    filled += long;
  }
  return filled === bytes ? out : undefined;
}

function fill(packed: Uint8Array, out: Uint8Array): boolean {
  const [end, room] = [packed.length, out.length];
  let [at, filled] = [0, 0];
  while (at < end) {
    const token = packed[at++]!;
    let literals = token >>> 4;
    if (literals === 15) {
      for (let byte = 255; byte === 255; literals += byte) {
        if (at >= end) return false;
        byte = packed[at++]!;
      }
    }
    if (at + literals > end || filled + literals > room) return false;
    out.set(packed.subarray(at, at + literals), filled);
    at += literals;
    filled += literals;
    if (at === end) break; // The last sequence has no copy.
    const back = packed[at]! | (packed[at + 1]! << 8);
    at += 2;
    let length = (token & 15) + 4;
    if ((token & 15) === 15) {
      for (let byte = 255; byte === 255; length += byte) {
        if (at >= end) return false;
        byte = packed[at++]!;
      }
    }
    if (at > end || back === 0 || back > filled || filled + length > room) return false;
    for (let i = filled, source = filled - back, stop = filled + length; i < stop; i++) out[i] = out[source++]!;
    filled += length;
  }
  return filled === room;
}
