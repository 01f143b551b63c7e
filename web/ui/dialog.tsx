/** A dialog over the page and a panel from its side: Base UI keeps focus, Escape and the reader's place. Every one has a title and a way out. */
import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./cx.ts";

interface DialogProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
  footer?: ReactNode;
  /** `side`: a panel at the right edge, the whole screen on a telephone. */
  place?: "middle" | "side" | "left";
}

const PLACES = {
  middle:
    "left-1/2 top-1/2 max-h-[calc(100dvh-2rem)] w-[34rem] max-w-[calc(100vw-2rem)] -translate-x-1/2 -translate-y-1/2 rounded-xl data-starting-style:scale-[0.98] data-starting-style:opacity-0 data-ending-style:opacity-0",
  side: "right-0 top-0 h-dvh w-[36rem] max-w-full data-starting-style:translate-x-8 data-starting-style:opacity-0 data-ending-style:translate-x-8 data-ending-style:opacity-0",
  left: "left-0 top-0 h-dvh w-72 max-w-[85vw] data-starting-style:-translate-x-8 data-starting-style:opacity-0 data-ending-style:-translate-x-8 data-ending-style:opacity-0",
} as const;

export function Dialog({ isOpen, onClose, title, children, footer, place = "middle" }: DialogProps) {
  return (
    <Base.Root open={isOpen} onOpenChange={(open) => (open ? undefined : onClose())}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-shade transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Popup
          className={cx(
            "fixed z-50 flex flex-col bg-surface text-ink shadow-lift transition-[translate,scale,opacity] duration-150 ease-out",
            PLACES[place],
          )}
        >
          <header className="flex items-start gap-3 border-b border-line px-5 py-3.5">
            <Base.Title className="min-w-0 flex-1 text-lg font-semibold break-words">{title}</Base.Title>
            <Base.Close aria-label="Close" className="-mr-1.5 rounded-md p-1.5 text-ink-3 hover:bg-sunken hover:text-ink">
              <X aria-hidden className="size-4" />
            </Base.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-5 py-4">{children}</div>
          {footer !== undefined && <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3">{footer}</footer>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
