// Functions that give a page a wrong clock. The page runs them before its own scripts.

/** Moves the clock of a page by this number of milliseconds. */
export function shiftClock(milliseconds) {
  const Right = Date;
  const now = () => Right.now() + milliseconds;
  globalThis.Date = new Proxy(Right, {
    construct: (target, args) => (args.length ? new target(...args) : new target(now())),
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
  });
}
