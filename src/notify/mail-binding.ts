/** The platform's own e-mail message. Loaded only when an e-mail is sent: outside of a Worker there is no such module. */
import { EmailMessage } from "cloudflare:email";

/** Hands one MIME text for one recipient to the platform. Throws what the binding throws. */
export async function handOver(binding: SendEmail, mail: { from: string; to: string; raw: string }): Promise<void> {
  await binding.send(new EmailMessage(mail.from, mail.to, mail.raw));
}
