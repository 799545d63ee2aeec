/** What we use of Effect, written down so that the sources compile where the peers are not installed. */
export interface EffectModule {
  readonly Effect: {
    sync<T>(fn: () => T): Effect<T>;
    runPromise<T>(effect: Effect<T>): Promise<T>;
  };
  readonly Stream: {
    fromIterable<T>(values: Iterable<T>, options?: { readonly chunkSize?: number }): EffectStream<T>;
    map<T, U>(fn: (value: T) => U): EffectStep<T, U>;
    filter<T>(keep: (value: T) => boolean): EffectStep<T, T>;
    grouped<T>(size: number): EffectStep<T, readonly T[]>;
    runForEach<T>(fn: (value: T) => Effect<void>): (stream: EffectStream<T>) => Effect<void>;
  };
}

declare const holds: unique symbol;

interface Effect<T> {
  readonly [holds]: T;
}

type EffectStep<T, U> = (stream: EffectStream<T>) => EffectStream<U>;

interface EffectStream<T> {
  pipe<A, B, C, D, E, F>(
    a: EffectStep<T, A>,
    b: EffectStep<A, B>,
    c: EffectStep<B, C>,
    d: EffectStep<C, D>,
    e: EffectStep<D, E>,
    f: (stream: EffectStream<E>) => F,
  ): F;
}

// A name in a variable, or the compiler would look for the package.
const name: string = 'effect';

export async function effect(): Promise<EffectModule> {
  return (await import(name)) as EffectModule;
}
