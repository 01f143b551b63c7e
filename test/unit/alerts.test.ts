/** What an alert says: enough to act on, nothing that should not leave the house, and nothing that a file's name could turn into markup. */
import { describe, expect, it } from "vitest";
import {
  type AlertContent,
  type AlertLine,
  alertBackoffSeconds,
  type DeliveredEvent,
  maskedName,
  sectionsOf,
  subjectOf,
} from "../../src/domain/alerts.ts";
import { type AlertMessageId, type ChannelId, type ConnectionId, type JobId, type OutboxId, parseId } from "../../src/domain/ids.ts";
import { mimeOf } from "../../src/notify/email.ts";
import { slackMessage } from "../../src/notify/slack.ts";
import { signatureOf } from "../../src/notify/webhook.ts";
import type { TakenMessage } from "../../src/store/alert-messages.ts";

const id = (no: number) => `0199d000-0000-7000-8000-${String(no).padStart(12, "0")}`;
const BASE = "https://treasury.example.com";

function line(event: DeliveredEvent, job: number | null, about: string | null = job === null ? null : `file-${job}.bai from First Bank`): AlertLine {
  return {
    id: parseId<OutboxId>(id(1_000 + (job ?? 0))),
    event,
    about,
    code: null,
    job_id: job === null ? null : parseId<JobId>(id(job)),
    connection_id: job === null ? null : parseId<ConnectionId>(id(9_000)),
    raised_at: "2026-03-02T08:00:00Z",
  };
}

function messageOf(content: AlertContent): TakenMessage {
  return {
    id: parseId<AlertMessageId>(id(7)),
    channelId: parseId<ChannelId>(id(8)),
    channelType: "slack",
    config: {},
    credentials: null,
    isTest: false,
    content,
    createdAt: "2026-03-02T08:00:01Z",
    recipientsDone: [],
    failures: 0,
    leaseEpoch: 1,
  };
}

describe("a message of several alerts", () => {
  it("tells one alert in its subject, with the file and where it came from", () => {
    expect(subjectOf({ alerts: [line("job_failed", 1)] })).toBe("An import failed: file-1.bai from First Bank");
  });

  it("counts many of a kind and names every kind", () => {
    const alerts = [line("job_in_review", 4), line("job_failed", 1), line("job_failed", 2), line("job_failed", 3)];

    expect(subjectOf({ alerts })).toBe("3 imports failed; an import waits for review");
  });

  it("counts an import once, however often it came to the same point", () => {
    const alerts = [line("job_in_review", 1), line("job_in_review", 2), line("job_in_review", 1)];

    expect(sectionsOf({ alerts })).toMatchObject([
      { title: "2 imports wait for review", lines: [{ path: `/imports/${id(2)}` }, { path: `/imports/${id(1)}` }] },
    ]);
  });

  it("lists ten and says how many more there are", () => {
    const alerts = Array.from({ length: 23 }, (_, no) => line("job_failed", no + 1));

    const [section] = sectionsOf({ alerts });

    expect(section?.title).toBe("23 imports failed");
    expect(section?.lines).toHaveLength(10);
    expect(section?.more).toBe(13);
  });
});

describe("a file's name as it leaves the house", () => {
  it.each([
    ["statement_2026-03-01.bai", "statement_2026-03-01.bai"],
    ["BAI2_20260301.txt", "BAI2_20260301.txt"],
    ["mt940-0532013000.sta", "mt940-…3000.sta"],
    ["DE89370400440532013000 March.csv", "…3000 March.csv"],
    ["DE89 3704 0044 0532 0130 00.csv", "…3000.csv"],
    ["account 20269999.csv", "account …9999.csv"],
    ["two\r\nlines.csv", "two  lines.csv"],
  ])("%s becomes %s", (name, expected) => {
    expect(maskedName(name)).toBe(expected);
  });
});

describe("a message to Slack", () => {
  it("cannot mention, link or mark up by what a file is called", () => {
    const message = slackMessage(messageOf({ alerts: [line("job_failed", 1, "<!channel> <https://evil.test|Sign in> *now* & `x`.bai")] }), {
      PUBLIC_URL: BASE,
    });

    const sent = JSON.stringify(message);
    expect(sent).not.toContain("<!channel>");
    expect(sent).not.toContain("<https://evil.test");
    expect(sent).toContain(`<${BASE}/imports/${id(1)}|&lt;!channel&gt; &lt;https://evil.test Sign in&gt;  now  &amp;  x .bai>`);
  });

  it("keeps to Slack's limits for a full message of every kind", () => {
    const events = ["job_failed", "job_in_review", "job_needs_mapping", "job_needs_reading", "proof_broken", "dead_letter", "test"] as const;
    const alerts = events.flatMap((event) =>
      Array.from({ length: 60 }, (_, no) => line(event, no + 1, `${"n".repeat(120)} from ${"&".repeat(120)}`)),
    );

    const { blocks } = slackMessage(messageOf({ alerts }), { PUBLIC_URL: BASE });

    expect(blocks.length).toBeLessThanOrEqual(50);
    for (const block of blocks) if ("text" in block) expect(block.text.text.length).toBeLessThanOrEqual(3_000);
  });

  it("has no links where nobody said where the dashboard is", () => {
    expect(JSON.stringify(slackMessage(messageOf({ alerts: [line("job_failed", 1)] }), {}))).not.toContain("<http");
  });
});

describe("a signed webhook", () => {
  it("is signed as Standard Webhooks have it", async () => {
    const signed = {
      secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      timestamp: 1_614_265_330,
      body: '{"test": 2432232314}',
    };

    expect(await signatureOf(signed)).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    expect(await signatureOf({ ...signed, timestamp: signed.timestamp + 1 })).not.toBe(await signatureOf(signed));
  });
});

describe("an e-mail", () => {
  const mail = (about: string) =>
    mimeOf(messageOf({ alerts: [line("job_failed", 1, about)] }), { from: "alerts@example.com", to: "kim@example.org", base: BASE });

  it("has its message's id, says that a machine sent it, and is text", () => {
    const raw = mail("März.csv from Größte Bank");

    expect(raw).toContain(`Message-ID: <${id(7)}@example.com>`);
    expect(raw).toContain("Auto-Submitted: auto-generated");
    expect(raw).toContain("Content-Type: text/plain; charset=UTF-8");
    expect(raw.split("\r\n").every((each) => each.length <= 998)).toBe(true);
    const [, body = ""] = raw.split("\r\n\r\n");
    expect(Buffer.from(body, "base64").toString("utf8")).toContain(`  - März.csv from Größte Bank\r\n    ${BASE}/imports/${id(1)}\r\n`);
  });

  it("gains no header by what a file is called", () => {
    const raw = mail("x\r\nBcc: everybody@evil.test\r\n\r\nHello");

    const [head = ""] = raw.split("\r\n\r\n");
    expect(head.split("\r\n").filter((each) => /^bcc/i.test(each))).toEqual([]);
    expect(head).not.toContain("evil.test");
  });

  it("is the same, byte for byte, at every attempt", () => {
    expect(mail("file.bai")).toBe(mail("file.bai"));
  });
});

it("a channel that fails is tried after one minute at the most, and later ever more seldom, up to a quarter of an hour", () => {
  const longest = [1, 2, 3, 4, 5, 20].map((failures) => alertBackoffSeconds(failures, 1));
  const shortest = [1, 2, 3, 4, 5, 20].map((failures) => alertBackoffSeconds(failures, 0));

  expect(longest).toEqual([60, 120, 240, 480, 900, 900]);
  expect(shortest).toEqual([30, 60, 120, 240, 450, 450]);
});
