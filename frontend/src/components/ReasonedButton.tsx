import { Button, type ButtonProps, Tooltip, VisuallyHidden } from "@mantine/core";
import { type MouseEvent, type ReactNode, useId } from "react";

interface ReasonedButtonProps extends ButtonProps {
  /** Why it does nothing now; null where it does. */
  why: string | null;
  children: ReactNode;
  onClick?: () => void;
  "aria-label"?: string;
}

/** A button that says why it does nothing, to everybody: it can be reached by the keyboard all the same. */
export function ReasonedButton({ why, onClick, children, ...looks }: ReasonedButtonProps) {
  const id = useId();
  if (why === null) {
    return (
      <Button {...looks} onClick={onClick}>
        {children}
      </Button>
    );
  }
  const stay = (event: MouseEvent) => event.preventDefault();
  return (
    <Tooltip label={why} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
      {/* The tooltip describes the element that it is about only while it is open. */}
      <span style={{ display: looks.fullWidth ? "block" : "inline-block" }}>
        <Button {...looks} data-disabled aria-disabled="true" aria-describedby={id} onClick={stay}>
          {children}
        </Button>
        <VisuallyHidden id={id}>{why}</VisuallyHidden>
      </span>
    </Tooltip>
  );
}
