/** The server of a scenario in another process, which takes the same calls: see remote.mjs. */
export function remoteServer(origin, control) {
  const call =
    (method) =>
    async (value = null) => {
      const answer = await fetch(`${control}/${method}`, { method: "POST", body: JSON.stringify(value) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(text);
      return JSON.parse(text);
    };
  const known = { origin };
  for (const method of ["issuer", "metadata", "endpoint", "api", "release", "state"]) known[method] = call(method);
  return known;
}
