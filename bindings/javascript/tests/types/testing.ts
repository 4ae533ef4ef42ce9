import { JwkSet, Verifier } from "verijot";
import { ED25519, type IssuerAnswer, mint, SigningKey, TestClock, TestIssuer } from "verijot/testing";

const clock = new TestClock();
const issuer = new TestIssuer({ audience: "https://api.example", clock, keys: [ED25519] });
const key: SigningKey = await issuer.rotate(await SigningKey.generate("ES256", "next"), { keep: true });
const raw: string = await issuer.token({ sub: "alice" }, { key, lifetime: 60 });
await new Verifier({ issuer: issuer.url, audience: null }).verify(raw, JwkSet.from(issuer.jwks), { now: clock.now() });
const answer: IssuerAnswer = { status: 503 };
issuer.answers.set("*", answer);
const fetching: typeof fetch = issuer.fetch;
const server = await issuer.serve();
await server.close();
await fetching(issuer.jwksUrl);
await mint({}, { key: ED25519 });

// @ts-expect-error a token needs a key
await mint({}, {});
// @ts-expect-error no such option
new TestIssuer({ audiences: [] });
