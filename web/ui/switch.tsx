/** A setting that is on or off and says so in a word. */
import { Switch } from "@base-ui/react/switch";
import { useId } from "react";

interface SwitchFieldProps {
  label: string;
  hint?: string;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
  disabled?: boolean;
}

export function SwitchField({ label, hint, isOn, onChange, disabled = false }: SwitchFieldProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-3">
      <Switch.Root
        checked={isOn}
        onCheckedChange={onChange}
        disabled={disabled}
        aria-labelledby={`${id}-label`}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        className="relative mt-0.5 flex h-5 w-9 shrink-0 cursor-pointer rounded-full border border-transparent bg-line-strong p-0.5 transition-colors data-checked:bg-accent data-disabled:cursor-not-allowed data-disabled:opacity-60"
      >
        <Switch.Thumb className="size-3.5 rounded-full bg-white transition-transform data-checked:translate-x-4 dark:data-checked:bg-on-accent" />
      </Switch.Root>
      <div className="min-w-0">
        <p className="font-medium">
          <span id={`${id}-label`}>{label}</span> <span className="font-normal text-ink-3">{isOn ? "On" : "Off"}</span>
        </p>
        {hint !== undefined && (
          <p id={`${id}-hint`} className="text-sm text-ink-2">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
