// Everybody who can sign in.
const acme = {
  slug: "acme",
  name: "Acme",
  projects: [
    { slug: "rocket", name: "Rocket" },
    { slug: "anvil", name: "Anvil <tm>" },
  ],
};
const globex = { slug: "globex", name: "Globex", projects: [{ slug: "reactor", name: "Reactor" }] };

export const users = new Map([
  [
    "alice",
    {
      name: "Alice",
      organizations: [
        { ...acme, role: "owner" },
        { ...globex, role: "member" },
      ],
    },
  ],
  ["bob", { name: "Bob", organizations: [{ ...acme, role: "member" }] }],
  ["carol", { name: "Carol", organizations: [] }],
]);
