/** Why a sign-in ended, in words, by the code that the Worker sends along. Words only. */

interface Words {
  title: string;
  /** The one next thing to do. */
  advice: string;
}

const WORDS: Readonly<Record<string, Words>> = {
  no_invitation: {
    title: "There is no open invitation for you.",
    advice: "It may have ended, or be for another e-mail address than your account's. Ask an admin of your company to invite that address.",
  },
  several_invitations: {
    title: "Several companies have invited you.",
    advice: "Open the link of the invitation that you want to accept.",
  },
  email_not_verified: {
    title: "Your e-mail address is not confirmed.",
    advice: "You are invited by your address, and your company's sign-in has not confirmed it. Have it confirmed there, then come back.",
  },
  sign_in_expired: {
    title: "This sign-in took too long, or began in another browser.",
    advice: "Begin again here.",
  },
  wrong_state: {
    title: "This was the answer to another sign-in.",
    advice: "Begin again here. If you did not begin one, nothing has happened: nobody was let in.",
  },
  provider_refused: {
    title: "Your company's sign-in ended without letting you in.",
    advice: "Try again; if it stays, ask whoever runs it whether you may use this application.",
  },
  code_refused: {
    title: "This sign-in was used already.",
    advice: "Begin again here. Going back in the browser's history cannot repeat a sign-in.",
  },
  identity_refused: {
    title: "What your company's sign-in says of you does not hold.",
    advice: "Nobody was let in. Try again; if it stays, give the request number to whoever runs this system.",
  },
  provider_unavailable: {
    title: "Your company's sign-in does not answer.",
    advice: "Try again in a minute; if it stays, tell whoever runs it.",
  },
};

const UNKNOWN: Words = {
  title: "You could not be signed in.",
  advice: "Try again; if it stays, give the request number to whoever runs this system.",
};

export function refusalWords(code: string): Words {
  return Object.hasOwn(WORDS, code) ? (WORDS[code] ?? UNKNOWN) : UNKNOWN;
}
