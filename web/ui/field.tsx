/** Form fields: a label that is always there, a hint, the browser's own control drawn with the tokens. */
import { type ComponentProps, type ReactNode, useId } from "react";
import { cx } from "./cx.ts";

const CONTROL =
  "h-9 w-full min-w-0 rounded-md border border-line-strong bg-surface px-2.5 text-base text-ink placeholder:text-ink-3 disabled:bg-sunken disabled:text-ink-3 max-sm:h-10 max-sm:text-lg";

interface FieldProps {
  label: string;
  hint?: ReactNode;
  /** The label is read aloud but not drawn, where the place says it already. */
  isLabelHidden?: boolean;
  className?: string | undefined;
}

export function TextField({ label, hint, isLabelHidden, className, ...rest }: FieldProps & ComponentProps<"input">) {
  const id = useId();
  return (
    <Labelled id={id} label={label} hint={hint} isLabelHidden={isLabelHidden} className={className}>
      <input id={id} aria-describedby={hint === undefined ? undefined : `${id}-hint`} {...rest} className={CONTROL} />
    </Labelled>
  );
}

type TextAreaProps = FieldProps &
  ComponentProps<"textarea"> & {
    /** Drawn as dots: an input of type password would lose the line breaks of what is pasted. */
    masked?: boolean;
    isCode?: boolean;
  };

export function TextAreaField({ label, hint, isLabelHidden, className, masked = false, isCode = false, ...rest }: TextAreaProps) {
  const id = useId();
  return (
    <Labelled id={id} label={label} hint={hint} isLabelHidden={isLabelHidden} className={className}>
      <textarea
        id={id}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        {...rest}
        className={cx(CONTROL, "h-auto min-h-16 py-1.5 max-sm:h-auto", masked && "masked", isCode && "font-mono text-sm")}
      />
    </Labelled>
  );
}

export function SelectField({ label, hint, isLabelHidden, className, children, ...rest }: FieldProps & ComponentProps<"select">) {
  const id = useId();
  return (
    <Labelled id={id} label={label} hint={hint} isLabelHidden={isLabelHidden} className={className}>
      <select id={id} aria-describedby={hint === undefined ? undefined : `${id}-hint`} {...rest} className={cx(CONTROL, "plain-select truncate")}>
        {children}
      </select>
    </Labelled>
  );
}

interface LabelledProps {
  id: string;
  label: string;
  hint: ReactNode;
  isLabelHidden: boolean | undefined;
  className: string | undefined;
  children: ReactNode;
}

function Labelled({ id, label, hint, isLabelHidden, className, children }: LabelledProps) {
  return (
    <div className={cx("flex min-w-0 flex-col gap-1", className)}>
      <label htmlFor={id} className={isLabelHidden === true ? "sr-only" : "text-sm font-medium text-ink-2"}>
        {label}
      </label>
      {children}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-sm text-ink-3">
          {hint}
        </p>
      )}
    </div>
  );
}
