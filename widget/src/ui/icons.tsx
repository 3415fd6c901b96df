/** The widget's icons, drawn in the text's colour and hidden from screen readers. */

const PATHS = {
  chat: "M12 3.5c5 0 9 3.4 9 7.7s-4 7.7-9 7.7c-1.2 0-2.3-.2-3.3-.5L4 20.500l1.3-3.900C3.9 15.2 3 13.3 3 11.200c0-4.3 4-7.7 9-7.700Z",
  send: "M4.5 12 20 4.5 14.5 20l-3-6.5-7-1.500Zm7 1.500L20 4.5",
  minimise: "M5 9.5 12 16l7-6.5",
  check: "m4.5 12.5 5 5 10-11",
  half: "M12 3.500a8.5 8.5 0 1 0 0 17Zm0 0a8.5 8.5 0 0 1 0 17Z",
  speech: "M4 5h16v11h-8l-4.5 4v-4H4Z",
  up: "M7 11v9H4v-9Zm0 0 4-8c1.5 0 2.5 1 2.5 2.500V9H19c1.3 0 2 1 1.8 2.200l-1.2 7A2 2 0 0 1 17.6 20H7",
  down: "M17 13V4h3v9Zm0 0-4 8c-1.5 0-2.5-1-2.5-2.500V15H5c-1.3 0-2-1-1.8-2.200l1.2-7A2 2 0 0 1 6.4 4H17",
  copy: "M8.5 8.500h11v11h-11Zm-3 7h-1v-11h11v1",
  phone: "M6 3.500h3l1.5 5-2 1.500a12 12 0 0 0 5.5 5.500l1.5-2 5 1.500v3c0 1.2-1 2.2-2.2 2C10.5 19.5 4.5 13.5 4 5.7 3.9 4.5 4.8 3.5 6 3.500Z",
  warning: "M12 4 2.5 20h19ZM12 10v4.500m0 2.500v.1",
  person: "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8Zm-7.5 16c.5-4 3.5-6 7.5-6s7 2 7.5 6",
  lock: "M6.5 11h11v9h-11ZM9 11V8a3 3 0 0 1 6 0v3",
};

export type IconName = keyof typeof PATHS;

export function Icon({ name, mirrored = false }: { name: IconName; mirrored?: boolean }) {
  return (
    <svg class={mirrored ? "icon mirrored" : "icon"} viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" />
      {name === "half" && <path d="M12 3.500a8.5 8.5 0 1 0 0 17Z" fill="currentColor" />}
    </svg>
  );
}
