// node issuer/main.mjs: the development issuer, for the service of settings.json.
import { readFileSync } from "node:fs";
import { Issuer } from "./issuer.mjs";

const settings = JSON.parse(readFileSync(new URL("../settings.json", import.meta.url), "utf8"));
await new Issuer(settings).start();
console.log(`${settings.issuer}: anyone can sign in as anyone`);
