/** Input that cannot be used; the message says what to do. */
export class WrongInput extends Error {}
