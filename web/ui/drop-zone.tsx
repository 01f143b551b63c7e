/** Drop a file anywhere on any page; the same by keyboard through `useFilePicker`. Hands files to their preview and sends nothing. */
import { useNavigate } from "@tanstack/react-router";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef } from "react";
import { useDropzone } from "react-dropzone";
import { useMay } from "../api/session.ts";
import { isUnderway, uploads } from "../api/uploads.ts";
import { waiting } from "../preview/waiting.ts";

interface Picker {
  /** Opens the browser's file dialog; the files go to this connection, or to the default one. */
  pick: (connectionId: string | null) => void;
  /** Where files dropped on the page go from now on. */
  setConnection: (connectionId: string | null) => void;
}

const PickerContext = createContext<Picker | null>(null);

export function useFilePicker(): Picker {
  const picker = useContext(PickerContext);
  if (picker === null) throw new Error("useFilePicker stands outside the DropZone.");
  return picker;
}

export function DropZone({ children }: { children: ReactNode }) {
  const navigate = useNavigate();
  const mayUpload = useMay("files:upload");
  const dropConnection = useRef<string | null>(null);
  const pickConnection = useRef<string | null>(null);
  const isPicking = useRef(false);
  const { getRootProps, getInputProps, isDragActive, open } = useDropzone({
    noClick: true,
    noKeyboard: true,
    disabled: !mayUpload,
    onDrop: (files) => {
      if (files.length === 0) return;
      waiting.add(files, isPicking.current ? pickConnection.current : dropConnection.current);
      isPicking.current = false;
      void navigate({ to: "/imports/preview" });
    },
    onFileDialogCancel: () => {
      isPicking.current = false;
    },
  });
  const picker = useMemo(
    () => ({
      pick: (connectionId: string | null) => {
        pickConnection.current = connectionId;
        isPicking.current = true;
        open();
      },
      setConnection: (connectionId: string | null) => {
        dropConnection.current = connectionId;
      },
    }),
    [open],
  );
  useLeaveWarning();
  return (
    <PickerContext value={picker}>
      {/* Where nothing may be dropped, only that is off: the page in it is not. */}
      <div {...getRootProps({ role: undefined, tabIndex: undefined })} aria-disabled={false}>
        <input {...getInputProps({ "aria-label": "Files to import" })} />
        {children}
        {isDragActive && (
          <div className="pointer-events-none fixed inset-3 z-50 grid place-items-center rounded-2xl border-2 border-dashed border-accent bg-canvas/90">
            <p className="text-xl font-semibold text-accent">Let go to import</p>
          </div>
        )}
      </div>
    </PickerContext>
  );
}

/** Closing the page would end transfers that are under way: the browser asks first. */
function useLeaveWarning(): void {
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => {
      if (uploads.snapshot().some(isUnderway)) event.preventDefault();
    };
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, []);
}
