// Runs files of test vectors that are posted to it.
import * as verijot from "verijot";
import { runFile } from "./runner.mjs";

export default {
  async fetch(request) {
    if (request.method !== "POST") return new Response("ready");
    const lacks = new URL(request.url).searchParams.getAll("lacks");
    return Response.json(await runFile(await request.json(), verijot, { lacks }));
  },
};
