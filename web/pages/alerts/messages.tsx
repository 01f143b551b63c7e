/** What was told, newest first: every message as its receiver got it, or why it has not. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { messagesQuery } from "../../api/alerts.ts";
import { rowsOf } from "../../api/query.ts";
import type { AlertMessage } from "../../api/types.ts";
import { plural, type Tone } from "../../lib/words.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Section } from "../../ui/page.tsx";
import { BoneRows, Empty, Note, Pending } from "../../ui/states.tsx";
import { Instant } from "../../ui/time.tsx";

export function Messages() {
  const query = useInfiniteQuery(messagesQuery);
  const messages = rowsOf(query.data);
  return (
    <Section title="Messages">
      <Pending query={query}>
        <BoneRows rows={4} className="h-16" />
      </Pending>
      {messages.some((message) => message.status === "shown") && (
        <div className="p-3">
          <Note tone="note">This is a local run: messages stand here as they would have gone out, and nothing is sent.</Note>
        </div>
      )}
      {query.data !== undefined && messages.length === 0 && (
        <Empty title="Nothing was told yet">The first message stands here, whether it got through or not.</Empty>
      )}
      <ol>
        {messages.map((message) => (
          <MessageLine key={message.id} message={message} />
        ))}
      </ol>
      {query.hasNextPage && (
        <div className="border-t border-line px-4 py-2.5">
          <Button size="small" isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show older messages
          </Button>
        </div>
      )}
    </Section>
  );
}

const STATES: Record<AlertMessage["status"], { text: string; tone: Tone }> = {
  open: { text: "Trying", tone: "busy" },
  sent: { text: "Sent", tone: "good" },
  shown: { text: "Shown here", tone: "neutral" },
  given_up: { text: "Not sent", tone: "bad" },
};

function MessageLine({ message }: { message: AlertMessage }) {
  const state = message.status === "open" && message.last_error !== null ? { text: "Trying again", tone: "warn" as const } : STATES[message.status];
  return (
    <li className="border-b border-line px-4 py-3 last:border-b-0">
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <p className="min-w-0 flex-1 basis-60 font-medium break-words">{message.subject}</p>
        <Badge tone={state.tone}>{state.text}</Badge>
      </div>
      <p className="text-sm break-words text-ink-3">
        {message.channel_name}, <Instant at={message.sent_at ?? message.created_at} />
        {message.attempts > 1 && `, ${message.attempts} attempts`}
      </p>
      {message.last_error !== null && message.status !== "sent" && <p className="text-sm break-words text-bad">{message.last_error.message}</p>}
      {!message.is_test && <Told message={message} />}
    </li>
  );
}

function Told({ message }: { message: AlertMessage }) {
  return (
    <details className="mt-1 text-sm">
      <summary className="w-fit cursor-pointer rounded-sm text-ink-2 hover:text-ink">
        {`${message.alert_count} ${plural(message.alert_count, "alert", "alerts")}`}
      </summary>
      <div className="mt-2 flex flex-col gap-3 border-l-2 border-line pl-3">
        {message.sections.map((section) => (
          <div key={section.title} className="min-w-0">
            <p className="font-medium">{section.title}</p>
            <ul>
              {section.lines.map((line) => (
                <li key={`${line.path}${line.text}`} className="break-words">
                  <Line line={line} />
                </li>
              ))}
              {section.more > 0 && <li className="text-ink-3">and {section.more} more</li>}
            </ul>
          </div>
        ))}
      </div>
    </details>
  );
}

function Line({ line }: { line: AlertMessage["sections"][number]["lines"][number] }) {
  const text = line.text === "" ? "Open" : line.text;
  if (line.path === null) return <>{line.text}</>;
  return (
    <a href={line.path} className="text-accent underline-offset-2 hover:underline">
      {text}
    </a>
  );
}
