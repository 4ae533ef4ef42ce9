// What players of scenarios share, on any host.

/** A step that came out otherwise. */
export class Failed extends Error {}

/** A value with defaults; a member without a default fails the scenario. */
export function members(value, defaults) {
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(defaults, name));
  check(unknown.length === 0, `unknown members ${unknown}`);
  return { ...defaults, ...value };
}

/** A value of which every member is known. */
export function known(value, names) {
  const unknown = Object.keys(value).filter((name) => !names.includes(name));
  check(unknown.length === 0, `unknown members ${unknown}`);
  return value;
}

export function check(isRight, problem) {
  if (!isRight) throw new Failed(problem);
}

export function expect(what, actual, expected) {
  const [is, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  check(is === wanted, `${what}: ${is} instead of ${wanted}`);
}

/** How long a step may take to come out as expected: long enough for a slow machine. */
export const patience = { seconds: 30 };

/** Looks again until it is so. */
export async function eventually(what, actual, expected) {
  const wanted = JSON.stringify(expected);
  const deadline = performance.now() + 1000 * patience.seconds;
  while (JSON.stringify(await actual()) !== wanted && performance.now() < deadline) await pause(2);
  expect(what, await actual(), expected);
}

/**
 * The time limit of requests in a scenario, in real seconds: a few times what it says if answers stay out, otherwise so long that an
 * answer comes on a slow machine too.
 */
export function realLimit(seconds, scenario) {
  return JSON.stringify(scenario).includes('"silence"') ? 5 * seconds : 60 * seconds;
}

export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Clocks that stand still between steps. */
export class Clocks {
  wall = 0;
  asleep = 0;

  now() {
    return START + this.wall;
  }

  monotonic() {
    // Not zero, as on a real machine.
    return 1000 + this.wall - this.asleep;
  }
}

const START = 1_800_000_000;
