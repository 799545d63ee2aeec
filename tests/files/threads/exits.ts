// What a thread loads that ends without a word, as one does for which there is no memory.
export function openPart(): never {
  process.exit(7);
}
