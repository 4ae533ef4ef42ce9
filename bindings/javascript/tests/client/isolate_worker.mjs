// A worker with one client for all requests of its isolate: POST { issuer, token } verifies, and answers with the subject
// or the code of the refusal. The client of an issuer is made by its first request.
import { JwksClient } from "verijot";

const clients = new Map();

export default {
  async fetch(request) {
    if (request.method !== "POST") return new Response();
    const { issuer, token, fetchTimeout } = await request.json();
    let client = clients.get(issuer);
    if (client === undefined) {
      const policy = { issuer: "https://issuer.example", audience: "https://api.example" };
      client = JwksClient.fromUrl(issuer, { ...policy, fetchTimeout });
      clients.set(issuer, client);
    }
    try {
      const { subject } = await client.verify(token);
      return new Response(subject);
    } catch (error) {
      return new Response(error.code ?? String(error.stack), { status: error.httpStatus ?? 500 });
    }
  },
};
