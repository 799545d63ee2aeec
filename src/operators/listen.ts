const { then } = Promise.prototype;

/**
 * Waits as `await` would, without a closure. A plain native promise is asked by its own `then`, which V8 inlines.
 * Anything else is wrapped, which also sees to it that it settles once only.
 */
export function listen(promise: PromiseLike<unknown>, onValue: (value: unknown) => void, onError: (error: unknown) => void): void {
  try {
    if (promise instanceof Promise && promise.constructor === Promise && promise.then === then) {
      void promise.then(onValue, onError);
      return;
    }
  } catch {
    // It only looked like one; when it is wrapped, what is wrong with it becomes its rejection.
  }
  void then.call(Promise.resolve(promise), onValue, onError);
}

/** A rejection that nobody handles would end the process. */
export function ignore(promise: PromiseLike<unknown>): void {
  listen(promise, nothing, nothing);
}

function nothing(): void {}
