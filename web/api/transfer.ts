/** Bytes to the server by XHR, which can tell how many have left: one body, or parts that are tried again one by one. */
import { type ApiProblem, offlineProblem, post, problemFrom, trusted, withQuery } from "./client.ts";
import type { Upload, UploadAnswer } from "./types.ts";

export interface Sending {
  file: File;
  connectionId: string | null;
  /** What the person said of the file before it went up. */
  said: FileSettings;
  signal: AbortSignal;
  progress: { sent(bytes: number): void; confirming(): void; retrying(): void; opened(transfer: Transfer): void };
  resume: Transfer | null;
}

/** How the file is read, and whose account it is where it names none; null = nothing was said. */
export interface FileSettings {
  /** Null: the server recognizes it. */
  format: "custom" | null;
  profileId: string | null;
  accountId: string | null;
}

/** A file in parts: where it goes, and which parts have arrived. */
export interface Transfer {
  uploadId: string;
  partSizeBytes: number;
  arrived: Set<number>;
}

/** A part is tried four times: at once, then after 1, 2 and 4 s. */
const PART_RETRY_DELAYS_MS = [1000, 2000, 4000];

export async function sendInOne({ file, connectionId, said, signal, progress }: Sending): Promise<UploadAnswer> {
  const path = withQuery(`/api/upload/${said.format ?? "auto"}`, {
    connection_id: connectionId,
    file_name: file.name,
    profile_id: said.profileId,
    account_id: said.accountId,
  });
  return trusted<UploadAnswer>(await sendBytes({ method: "POST", path, body: file, signal, sent: progress.sent, finished: progress.confirming }));
}

export async function sendInParts(sending: Sending): Promise<UploadAnswer> {
  const { file, progress } = sending;
  const transfer = sending.resume ?? (await openTransfer(sending));
  progress.opened(transfer);
  const partCount = Math.max(1, Math.ceil(file.size / transfer.partSizeBytes));
  for (let partNo = 1; partNo <= partCount; partNo += 1) {
    if (!transfer.arrived.has(partNo)) await sendPart(sending, transfer, partNo);
    transfer.arrived.add(partNo);
  }
  progress.confirming();
  return post<UploadAnswer>(`/api/uploads/${transfer.uploadId}/complete`);
}

async function openTransfer({ file, connectionId, said }: Sending): Promise<Transfer> {
  const upload = await post<Upload>("/api/uploads", {
    ...(connectionId === null ? {} : { connection_id: connectionId }),
    ...(said.profileId === null ? {} : { profile_id: said.profileId }),
    ...(said.accountId === null ? {} : { account_id: said.accountId }),
    file_name: file.name,
    format: said.format ?? "auto",
    size_bytes: file.size,
  });
  return { uploadId: upload.id, partSizeBytes: upload.part_size_bytes, arrived: new Set() };
}

async function sendPart(sending: Sending, transfer: Transfer, partNo: number): Promise<void> {
  const start = (partNo - 1) * transfer.partSizeBytes;
  const body = sending.file.slice(start, start + transfer.partSizeBytes);
  const path = `/api/uploads/${transfer.uploadId}/parts/${partNo}`;
  for (let attempt = 0; ; attempt += 1) {
    try {
      await sendBytes({
        method: "PUT",
        path,
        body,
        signal: sending.signal,
        sent: (bytes) => sending.progress.sent(start + bytes),
        finished: () => undefined,
      });
      return;
    } catch (error) {
      const delayMs = PART_RETRY_DELAYS_MS[attempt];
      if (delayMs === undefined || sending.signal.aborted || !mayHeal(error)) throw error;
      sending.progress.retrying();
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
  }
}

interface Shipment {
  method: "POST" | "PUT";
  path: string;
  body: Blob;
  signal: AbortSignal;
  sent(bytes: number): void;
  finished(): void;
}

function sendBytes(shipment: Shipment): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(shipment.method, shipment.path);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.setRequestHeader("accept", "application/json");
    request.upload.onprogress = (event) => shipment.sent(event.loaded);
    request.upload.onload = () => shipment.finished();
    request.onerror = () => reject(offlineProblem());
    request.onabort = () => reject(offlineProblem());
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request.responseText === "" ? null : JSON.parse(request.responseText));
      else reject(problemFrom(request.status, request.responseText));
    };
    shipment.signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(shipment.body);
  });
}

function mayHeal(error: unknown): error is ApiProblem {
  const status = error instanceof Error && "status" in error ? Number(error.status) : 0;
  return status === 0 || status === 408 || status === 429 || status >= 500;
}
