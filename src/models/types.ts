/** What a model eats: numbers by name. A name that is not there counts as nothing; its order makes no difference. */
export type Features = Readonly<Record<string, number>>;

/** What learns from labelled examples, one after the other, and answers in between. */
export interface Model<in X, in Y, out P> {
  readonly name: string;
  /** Answers with what has been learned so far, and learns nothing. */
  predictOne(x: X): P;
  learnOne(x: X, y: Y): void;
  /** One with the same settings that has learned nothing. */
  clone(): Model<X, Y, P>;
  /** All it has learned, as plain data. A model with the same settings takes it up by `restore`, bit for bit. */
  snapshot(): unknown;
  restore(state: unknown): void;
}

/** Makes of what comes in what the next part of a chain eats; it may learn how from what it has seen. */
export interface Transformer<in X, out X2> {
  readonly name: string;
  transformOne(x: X): X2;
  learnOne(x: X): void;
  clone(): Transformer<X, X2>;
  snapshot(): unknown;
  restore(state: unknown): void;
}

/** What a classifier of two classes answers. */
export interface Probability {
  /** How likely the label is true. */
  readonly probability: number;
  /** The likelier one; false where both are alike. */
  readonly label: boolean;
}

/** Labels of classes. */
export type Label = string | number | boolean;

/** What a classifier of any number of classes answers. */
export interface Classes<Y extends Label> {
  /** The likeliest; undefined before anything was learned. Of classes that are alike, the one that was learned of first. */
  readonly label: Y | undefined;
  /** How likely each class is that was learned of, in the order in which they came. */
  readonly probabilities: ReadonlyMap<Y, number>;
}
