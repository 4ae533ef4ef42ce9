// Requests whose header lines are sent as they are given.
import { request } from "node:http";

/** The status, headers (each line) and body of the answer to a GET request. */
export function get(url, headers = [], { method = "GET" } = {}) {
  const { host } = new URL(url);
  return new Promise((resolve, reject) => {
    const lines = [["Host", host], ["Connection", "close"], ...headers].flat();
    const sent = request(url, { method, agent: false, headers: lines }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const named = (name) =>
          response.rawHeaders.filter(
            (_, i) => i % 2 === 1 && response.rawHeaders[i - 1].toLowerCase() === name.toLowerCase(),
          );
        resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString(), headers: named });
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}
