// The common part of the runners of the Node libraries: lines of JSON in, verdicts out, as in
// ../python/protocol.py.

import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** The library has no parameter for what the request asks. */
export class CannotSay extends Error {}

/** Ends the request if one of these members, which the library cannot say, is asked. */
export function refuseMembers(members) {
  for (const [name, value] of Object.entries(members)) {
    if (Array.isArray(value) ? value.length : value) throw new CannotSay(name)
  }
}

/** The token as text, which is how it is usually handed over, or as octets where it is no text. */
export function presented(request) {
  return request.token_hex === null ? request.token : Buffer.from(request.token_hex, 'hex')
}

/** A function that computes a value once for each of the latest texts. */
export function remembered(make) {
  const values = new Map()
  return text => {
    if (!values.has(text)) {
      if (values.size >= 64) values.clear()
      values.set(text, make(text))
    }
    return values.get(text)
  }
}

/** Answers requests until there are no more; `verify` resolves if the token is accepted. */
export async function serve(name, { verify, algorithms, isOwnError }) {
  const { version } = JSON.parse(readFileSync(new URL(`./node_modules/${name}/package.json`, import.meta.url)))
  const runtime = `Node ${process.versions.node.split('.')[0]}`
  say({ library: name, version, runtime, algorithms })
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    const request = JSON.parse(line)
    let verdict = 'accept'
    let error = null
    try {
      await verify(request)
    } catch (raised) {
      if (raised instanceof CannotSay) {
        verdict = 'cannot'
        error = raised.message
      } else {
        verdict = 'refuse'
        // An unexpected exception is a refusal too, but not a documented one.
        error = isOwnError(raised) ? raised.code : `!${raised?.name}`
      }
    }
    say({ id: request.id, verdict, error })
  }
}

function say(members) {
  process.stdout.write(`${JSON.stringify(members)}\n`)
}
