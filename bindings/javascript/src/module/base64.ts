/** Replaced by the build with the module's octets. */
export const base64: string = "";
