import { type ReactNode, useEffect, useRef, useState } from "react";
import type { Acted } from "./act";

interface AskProps {
  /** What the button says. */
  readonly label: string;
  /** What the dialog is called, and the button for those who do not see what is around it. */
  readonly name?: string;
  /** What confirms it. */
  readonly verb: string;
  /** Does it; the value says what came of it, where the page does not show that. */
  readonly onConfirm: () => Promise<Acted<string>>;
  /** What is going to happen. */
  readonly children: ReactNode;
}

/** A button for something that is done once the user has confirmed it. */
export function Ask({ children, label, name = label, onConfirm, verb }: AskProps) {
  const [open, setOpen] = useState(false);
  const [done, setDone] = useState("");
  return (
    <>
      <button
        aria-label={name}
        onClick={() => {
          setDone("");
          setOpen(true);
        }}
        type="button"
      >
        {label}
      </button>
      {done === "" ? null : (
        <span className="zc-muted" role="status">
          {done}
        </span>
      )}
      {open ? (
        <Dialog
          name={name}
          onClose={() => {
            setOpen(false);
          }}
          onConfirm={async () => {
            const acted = await onConfirm();
            setDone(acted.refused === undefined ? acted.value : "");
            return acted.refused ?? null;
          }}
          verb={verb}
        >
          {children}
        </Dialog>
      ) : null}
    </>
  );
}

interface DialogProps extends Pick<AskProps, "children" | "verb"> {
  readonly name: string;
  readonly onClose: () => void;
  /** Does it; gives the reason where it is refused. */
  readonly onConfirm: () => Promise<string | null>;
}

function Dialog({ children, name, onClose, onConfirm, verb }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);

  const confirm = async () => {
    setAsking(true);
    const reason = await onConfirm();
    setAsking(false);
    setRefused(reason);
    if (reason === null) {
      dialog.current?.close();
    }
  };

  return (
    <dialog aria-label={name} onClose={onClose} ref={dialog}>
      <h2>{name}</h2>
      {children}
      {refused === null ? null : <p role="alert">{refused}</p>}
      <form method="dialog">
        <button type="submit">Cancel</button>
        <button
          disabled={asking}
          onClick={() => {
            void confirm();
          }}
          type="button"
        >
          {verb}
        </button>
      </form>
    </dialog>
  );
}
