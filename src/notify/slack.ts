/** Slack's incoming webhooks: a message in blocks with a plain text for notifications. Nothing of what a file says can become markup or a mention. */
import { slackCredentials } from "../domain/alert-channel.ts";
import { type AlertSection, sectionsOf, subjectOf } from "../domain/alerts.ts";
import type { Env } from "../env.ts";
import type { TakenMessage } from "../store/alert-messages.ts";
import { postJson, type Sender } from "./sender.ts";

export const sendSlack: Sender = async ({ env, message, credentials }) => {
  if (credentials === null) return { as: "setup", code: "no_credentials", message: "This channel has no address. Set it, then send a test." };
  const { url } = slackCredentials.parse(JSON.parse(credentials.reveal()));
  return postJson(env, url, JSON.stringify(slackMessage(message, env)), { "idempotency-key": message.id });
};

/** Slack takes 3,000 characters a section; a few are kept for the last line. */
const SECTION_CHARS_MAX = 2_900;

/** 11 kinds make 11 sections and a footer: far below Slack's 50 blocks. */
export function slackMessage({ id, content }: TakenMessage, env: Pick<Env, "PUBLIC_URL">) {
  const sections = sectionsOf(content).map((section) => ({ type: "section", text: { type: "mrkdwn", text: mrkdwnOf(section, env.PUBLIC_URL) } }));
  const footer = { type: "context", elements: [{ type: "plain_text", text: `Stratifi data ingestion, message ${id}` }] };
  return { text: escaped(subjectOf(content)), blocks: [...sections, footer], unfurl_links: false, unfurl_media: false };
}

function mrkdwnOf({ title, lines, more }: AlertSection, base: string | undefined): string {
  const told = lines.flatMap(({ text, path }) => {
    const label = escaped(text === "" ? "Open" : text);
    if (path !== null && base !== undefined) return [`• <${new URL(path, base).href}|${label}>`];
    return text === "" ? [] : [`• ${label}`];
  });
  const said = [`*${escaped(title)}*`];
  for (const line of told) if (said.join("\n").length + line.length < SECTION_CHARS_MAX) said.push(line);
  const left = more + told.length - (said.length - 1);
  return [...said, ...(left > 0 ? [`• and ${left} more`] : [])].join("\n");
}

/** Slack's three characters, and those that would mark text up or end a link. A name loses nothing that it is recognized by. */
function escaped(text: string): string {
  return text
    .replace(/[*~`|]/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
