/** A dialog that is a form: its fields, a way out, and the one button that does it. What the server refuses stands below the fields and keeps them. */
import { type FormEvent, type ReactNode, useId } from "react";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { Refused } from "./states.tsx";

interface FormDialogProps {
  title: string;
  /** What the button does: "Create account". */
  action: string;
  look?: "primary" | "danger";
  isBusy: boolean;
  /** False: the button waits for what is still missing. */
  isReady?: boolean;
  error: unknown;
  onClose: () => void;
  onSubmit: () => void;
  children: ReactNode;
}

export function FormDialog({ title, action, look = "primary", isBusy, isReady = true, error, onClose, onSubmit, children }: FormDialogProps) {
  const id = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={title}
      footer={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button look={look} type="submit" form={id} isBusy={isBusy} disabled={!isReady}>
            {action}
          </Button>
        </>
      }
    >
      <form id={id} onSubmit={submit} className="flex flex-col gap-5">
        {children}
        <Refused error={error} />
      </form>
    </Dialog>
  );
}
