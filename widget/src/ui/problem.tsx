/** What is wrong with an entry, below it: read aloud, and brought into view. */
import { useEffect, useRef } from "preact/hooks";

export function Problem({ id, text }: { id: string; text: string }) {
  const line = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (text) line.current?.scrollIntoView({ block: "nearest" });
  }, [text]);
  return (
    <p class="problem" id={id} role="alert" ref={line}>
      {text}
    </p>
  );
}
