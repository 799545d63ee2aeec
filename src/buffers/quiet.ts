/** Whoever awaits the promise is told of its failure; whoever does not must not lose the process. */
export function quiet<P extends Promise<unknown>>(promise: P): P {
  promise.catch(() => {});
  return promise;
}

export function rejected(reason: unknown): Promise<never> {
  return quiet(Promise.reject(reason));
}
