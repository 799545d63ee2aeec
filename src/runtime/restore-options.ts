/** What is known of a section of states by key, beside its bytes. */
export interface RestoreOptions {
  /** False where it is the one state of records without a key. */
  readonly hasKeys?: boolean;
  readonly version?: number | undefined;
  /** Of all keys in it, where that is known: it need not be computed again. */
  readonly group?: number | undefined;
}
