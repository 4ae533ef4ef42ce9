// Plays many scenarios, several at once, and prints what failed.

/**
 * @param scenarios as `scenariosOf` gives them.
 * @param play plays one; throws if it fails.
 * @returns the counts.
 */
export async function runAll(scenarios, play, { atOnce = 8, print = console.log } = {}) {
  const waiting = [...scenarios];
  let failed = 0;
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        await play(next);
      } catch (error) {
        failed += 1;
        print(`${next.id}: ${error.message}`);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  print(`ran ${scenarios.length}, passed ${scenarios.length - failed}, failed ${failed}`);
  return { ran: scenarios.length, failed };
}
