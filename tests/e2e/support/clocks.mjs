// Clocks that are wrong: functions that a page runs before anything of its own.

/** Sets the clock of a page wrong. */
export function shiftClock(milliseconds) {
  const Right = Date;
  const now = () => Right.now() + milliseconds;
  globalThis.Date = new Proxy(Right, {
    construct: (target, args) => (args.length ? new target(...args) : new target(now())),
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
  });
}
