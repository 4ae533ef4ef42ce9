/** Compiles only for the very same two types. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

export const holds = <_ extends true>(): void => undefined;
