/** Plain text as paragraphs, lists and safe links. */
import type { Strings } from "../strings";
import { blocksOf, spansOf } from "../text";

export function Link({ href, t, children }: { href: string; t: Strings; children: preact.ComponentChildren }) {
  // A web page opens beside the clinic's own; a call or an e-mail leaves the page as it is.
  if (!href.startsWith("http")) return <a href={href}>{children}</a>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer" referrerpolicy="no-referrer">
      {children}
      <span class="hidden"> {t.newTab}</span>
    </a>
  );
}

function Line({ text, t, links }: { text: string; t: Strings; links: boolean }) {
  if (!links) return <>{text}</>;
  return (
    <>
      {spansOf(text).map((span, index) =>
        span.href ? (
          <Link key={index} href={span.href} t={t}>
            {span.text}
          </Link>
        ) : (
          span.text
        ),
      )}
    </>
  );
}

export function Prose({ text, t, links = true }: { text: string; t: Strings; links?: boolean }) {
  return (
    <>
      {blocksOf(text).map((block, index) =>
        block.kind === "list" ? (
          <ul key={index} dir="auto">
            {block.items.map((item, at) => (
              <li key={at}>
                <Line text={item} t={t} links={links} />
              </li>
            ))}
          </ul>
        ) : (
          <p key={index} dir="auto">
            {block.lines.map((line, at) => (
              <span key={at}>
                {at > 0 && <br />}
                <Line text={line} t={t} links={links} />
              </span>
            ))}
          </p>
        ),
      )}
    </>
  );
}
