// A symbol that all copies of the package share: the module a worker loads may have found another one.
const MARK = Symbol.for('headrace.worker');

/**
 * Is this a process or thread that was started to run one stage? There `run` and `start` do nothing, so that a module
 * that runs its own pipeline can be loaded for its plan.
 */
export function isWorker(): boolean {
  return (globalThis as { readonly [MARK]?: boolean })[MARK] === true;
}

/** Said once, before the module of the user is loaded. It does not reach processes that the module starts. */
export function becomeWorker(): void {
  Object.defineProperty(globalThis, MARK, { value: true });
}
