/** Options of callers, of which only the object's own members count, and each is read once. */

/**
 * The members of an options object.
 *
 * @throws TypeError for a member that is none of the known ones.
 */
export function ownOptions<T extends object>(given: T | undefined, known: readonly (keyof T & string)[]): Partial<T> {
  if (given === undefined) return NONE as Partial<T>;
  const members = Object.create(null) as Partial<T>;
  for (const name of Object.keys(given) as (keyof T & string)[]) {
    if (!known.includes(name)) throw new TypeError(`unknown option ${name}; known are ${known.join(", ")}`);
    members[name] = given[name];
  }
  return members;
}

/** A member of the object's own: what others have added to prototypes is none. */
export function own<T extends object, K extends keyof T>(object: T, name: K): T[K] | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** The same members without a prototype, so that what others have added to prototypes is not among them. */
export function bare<T extends object>(members: T): T {
  return { __proto__: null, ...members } as T;
}

const NONE = Object.freeze(Object.create(null)) as object;
