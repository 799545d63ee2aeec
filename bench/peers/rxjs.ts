/** What we use of RxJS, written down so that the sources compile where the peers are not installed. */
export interface Rxjs {
  readonly Observable: new <T>(subscribe: (subscriber: Subscriber<T>) => void) => Observable<T>;
  map<T, U>(fn: (value: T) => U): Step<T, U>;
  filter<T>(keep: (value: T) => boolean): Step<T, T>;
  bufferCount<T>(size: number): Step<T, T[]>;
}

interface Subscriber<T> {
  readonly closed: boolean;
  next(value: T): void;
  complete(): void;
}

interface Observer<T> {
  next(value: T): void;
  error(error: unknown): void;
  complete(): void;
}

type Step<T, U> = (source: Observable<T>) => Observable<U>;

interface Observable<T> {
  pipe<A, B, C, D, E>(a: Step<T, A>, b: Step<A, B>, c: Step<B, C>, d: Step<C, D>, e: Step<D, E>): Observable<E>;
  subscribe(observer: Observer<T>): unknown;
}

// A name in a variable, or the compiler would look for the package.
const name: string = 'rxjs';

export async function rxjs(): Promise<Rxjs> {
  return (await import(name)) as Rxjs;
}
