/** Watches one number after the other, mostly the errors of a model, and says when they are no longer what they were. */
export interface DriftDetector {
  readonly name: string;
  /** Takes the next number; true where it shows that something has changed. */
  update(value: number): boolean;
  /** Something seems to be changing, and it is too early to say so; always false where a detector has no such state. */
  readonly isWarning: boolean;
  /** One with the same settings that has seen nothing. */
  clone(): DriftDetector;
  /** All it knows, as plain data; `restore` of a detector with the same settings takes it up, bit for bit. */
  snapshot(): unknown;
  restore(state: unknown): void;
}
