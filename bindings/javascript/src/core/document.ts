/**
 * Values of callers as members of a document that demands something. What JSON does not have would be left out of it,
 * and with it the demand; so it is an error here.
 */
import { setupError } from "../errors/index.js";
import { isPlain, stringify } from "./json.js";

/**
 * The JSON text of a value.
 *
 * @param place the member that the value is of, for the error.
 * @throws the error of this code if there is anything in the value that is no JSON value: undefined, a function, a
 *   symbol, a bigint, a number that is not finite, or an object that is neither an array nor a plain object.
 */
export function documentJson(value: unknown, place: string, code = "invalid_policy"): string {
  return stringify(value, (problem, path) => {
    const member = (place + path).replace(/^\./, "");
    return setupError({ code, message: member === "" ? problem : `${member}: ${problem}`, member });
  });
}

/**
 * Checks that options are an object with members.
 *
 * @throws InvalidPolicyError for anything else, such as a Map, whose entries are no members.
 */
export function checkedObject(options: unknown, what: string): object {
  if (typeof options === "object" && options !== null && isPlain(options)) return options;
  throw setupError({ code: "invalid_policy", message: `${what} must be a plain object` });
}
