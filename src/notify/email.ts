/** Alerts by e-mail: plain text, one mail a recipient, the same Message-ID at every attempt so that a mailbox keeps one. Without the platform's binding it says so and sends nothing. */
import { createMimeMessage } from "mimetext/browser";
import { emailConfigSchema } from "../domain/alert-channel.ts";
import { sectionsOf, subjectOf } from "../domain/alerts.ts";
import { toBase64, utf8 } from "../lib/crypto.ts";
import { errorFields, log } from "../lib/log.ts";
import type { TakenMessage } from "../store/alert-messages.ts";
import type { Sender, SendResult } from "./sender.ts";

/** 9 s a recipient: nine of them fit the channel's lease. */
const HAND_OVER_MS = 9_000;

export const sendEmail: Sender = async ({ env, message }) => {
  const { EMAIL: binding, ALERTS_FROM: from } = env;
  if (binding === undefined || from === undefined) {
    const missing = binding === undefined ? "its send_email binding EMAIL" : "ALERTS_FROM, the address to send from,";
    return {
      as: "setup",
      code: "email_not_configured",
      message: `This installation cannot send e-mail: ${missing} is not set. Alerts wait meanwhile; ask whoever runs it.`,
    };
  }
  const { recipients } = emailConfigSchema.parse(message.config);
  const done = message.recipientsDone.filter((address) => recipients.includes(address));
  const failures: Failure[] = [];
  for (const to of recipients.filter((address) => !done.includes(address))) {
    const failure = await mailTo(binding, { from, to, raw: mimeOf(message, { from, to, base: env.PUBLIC_URL }) });
    if (failure === null) done.push(to);
    else failures.push(failure);
  }
  return resultOf(done, failures);
};

interface Failure {
  as: "away" | "setup";
  code: string;
  message: string;
}

/** Whom the platform refuses keeps nobody else waiting: where others have the message it counts as sent, and the channel says who has not. */
function resultOf(recipientsDone: string[], failures: Failure[]): SendResult {
  const [worst] = [...failures.filter(({ as }) => as === "away"), ...failures];
  if (worst === undefined) return { as: "sent", recipientsDone };
  if (worst.as === "setup" && recipientsDone.length > 0) return { as: "sent", recipientsDone, warning: { code: worst.code, message: worst.message } };
  return { ...worst, recipientsDone };
}

async function mailTo(binding: SendEmail, mail: { from: string; to: string; raw: string }): Promise<Failure | null> {
  try {
    const { handOver } = await import("./mail-binding.ts");
    await within(HAND_OVER_MS, handOver(binding, mail));
    return null;
  } catch (error) {
    log("warn", "email_not_taken", errorFields(error));
    return failureOf(error, mail.to);
  }
}

/** What the binding says of an address that has not been verified, or that it may not send from or to; everything else may heal by itself. */
const REFUSED = /not (a )?verified|not allowed|not permitted|invalid|E_(VALIDATION|SENDER|RECIPIENT|FIELD|HEADER|CONTENT)/i;

function failureOf(error: unknown, to: string): Failure {
  const said = error instanceof Error ? `${"code" in error ? String(error.code) : ""} ${error.message}` : "";
  if (!REFUSED.test(said))
    return { as: "away", code: "email_unavailable", message: "The e-mail service did not take the message. It is tried again by itself." };
  return {
    as: "setup",
    code: "email_refused",
    message: `The e-mail service refused to send to ${to}. Take the address out, or have it verified by whoever runs this installation; then send a test.`,
  };
}

function within(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("timeout")), milliseconds);
  });
  return Promise.race([work, deadline]).finally(() => clearTimeout(timer));
}

/** The whole mail as it goes out. */
export function mimeOf({ id, content, createdAt }: TakenMessage, { from, to, base }: { from: string; to: string; base: string | undefined }): string {
  const mail = createMimeMessage();
  mail.setSender({ addr: from, name: "Stratifi alerts" });
  mail.setRecipient(to);
  mail.setSubject(subjectOf(content).slice(0, 150));
  mail.setHeader("Date", new Date(createdAt).toUTCString().replace("GMT", "+0000"));
  mail.setHeader("Message-ID", `<${id}@${from.slice(from.lastIndexOf("@") + 1)}>`);
  mail.setHeader("Auto-Submitted", "auto-generated");
  mail.addMessage({ contentType: "text/plain", encoding: "base64", data: folded(toBase64(utf8(bodyText({ id, content, base })))) });
  return mail.asRaw();
}

function bodyText({ id, content, base }: { id: string; content: TakenMessage["content"]; base: string | undefined }): string {
  const sections = sectionsOf(content).map(({ title, lines, more }) => {
    const told = lines.flatMap(({ text, path }) => {
      const link = path === null || base === undefined ? [] : [`    ${new URL(path, base).href}`];
      return [...(text === "" ? [] : [`  - ${text}`]), ...link];
    });
    return [title, ...told, ...(more > 0 ? [`  - and ${more} more`] : [])].join("\r\n");
  });
  return `${sections.join("\r\n\r\n")}\r\n\r\nWho is told what is set in Stratifi under Alerts. Message ${id}.\r\n`;
}

/** 76 characters a line, as RFC 2045 §6.8 has it. */
function folded(base64: string): string {
  return base64.match(/.{1,76}/g)?.join("\r\n") ?? "";
}
