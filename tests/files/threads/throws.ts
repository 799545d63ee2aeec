// What a thread loads of a format with a fault of ours.
export function openPart(): never {
  throw new Error('a fault in the reader');
}
