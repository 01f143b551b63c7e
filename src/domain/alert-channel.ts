/** How a channel is set up, by its kind: what may be seen and what is a secret. Pure; nothing here sends. */
import * as z from "zod";

/** 9 recipients: at ten seconds each they fit a sender's lease; more people share a mailing list. */
export const RECIPIENTS_MAX = 9;

const address = z.email().max(254);

/** What is shown of an e-mail channel. */
export const emailConfigSchema = z.strictObject({ recipients: z.array(address).min(1).max(RECIPIENTS_MAX) });

/** Slack's own hosts, and nothing else: the address is the secret. */
const SLACK_HOSTS = ["hooks.slack.com", "hooks.slack-gov.com"];

/** An incoming webhook's address. */
export const slackUrl = z
  .url({ protocol: /^https$/ })
  .max(500)
  .refine((text) => URL.canParse(text) && SLACK_HOSTS.includes(new URL(text).host), `an https address at ${SLACK_HOSTS.join(" or ")}`);

/** Where a signed webhook goes. Whether it may be asked is decided again at each request (lib/http.ts). */
export const webhookUrl = z
  .url({ protocol: /^https?$/ })
  .max(2_000)
  .refine((text) => URL.canParse(text) && new URL(text).username === "" && new URL(text).password === "", "an address without a user and password");

/** `whsec_` and 24 to 64 bytes in base64, as Standard Webhooks have it. */
export const webhookSecret = z.string().regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, "whsec_ and 24 to 64 bytes in base64");

/** What rests sealed, by kind of channel. */
export const slackCredentials = z.object({ url: slackUrl });
export const webhookCredentials = z.object({ url: webhookUrl, secret: webhookSecret });

/** A channel that cannot be sent to as it stands is tried once an hour: a person has to change something, and may do so elsewhere. */
export const SETUP_RETRY_SECONDS = 3_600;
