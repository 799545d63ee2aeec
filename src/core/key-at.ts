import { canonicalView, STRING } from './key-bytes.ts';
import type { Key } from './keys.ts';

/** Are these the canonical bytes of the key, from `from` on? */
export function isKeyAt(key: Key, bytes: Uint8Array, from: number): boolean {
  // Short strings of ASCII, which most are, without encoding them.
  if (typeof key === 'string' && key.length < 0x80 && bytes[from] === STRING && bytes[from + 1] === key.length) {
    for (let i = 0; ; i++) {
      if (i === key.length) return true;
      const unit = key.charCodeAt(i);
      if (unit > 0x7f) break;
      if (bytes[from + 2 + i] !== unit) return false;
    }
  }
  const own = canonicalView(key);
  for (let i = 0; i < own.length; i++) if (bytes[from + i] !== own[i]) return false;
  return true;
}
