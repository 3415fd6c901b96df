/** What stands before the first message: who is speaking, where the words go, and ways to begin. */
import type { Send, Ui } from "./context";
import { Icon } from "./icons";
import { Link } from "./prose";

/** Emergency numbers in a sentence, as links. */
function Dialled({ text }: { text: string }) {
  return (
    <>
      {text.split(/\b(\d{3})\b/).map((part, index) => (index % 2 ? <a href={`tel:${part}`}>{part}</a> : part))}
    </>
  );
}

/** Says who is speaking and where the words go, before anything is asked. */
export function FirstContact({ ui: { t, settings } }: { ui: Ui }) {
  return (
    <div class="first">
      {t.onlyEnglish && (
        <p>
          <Dialled text={t.onlyEnglish} />
        </p>
      )}
      <p>{t.notice}</p>
      <p class="caution">
        <Icon name="phone" />
        <span>{t.emergencyNotice}</span>
      </p>
      <p class="privacy">
        <Icon name="lock" />
        <span>
          {t.privacy}{" "}
          {settings.privacyHref && (
            <Link href={settings.privacyHref} t={t}>
              {t.privacyLink}
            </Link>
          )}
        </span>
      </p>
    </div>
  );
}

export function Starters({ ui: { t }, send }: { ui: Ui; send: Send }) {
  return (
    <ul class="chips answer" aria-label={t.choose}>
      {t.starters.map((starter) => (
        <li key={starter.payload}>
          <button type="button" class="chip" dir="auto" onClick={() => send(starter.payload, true)}>
            {starter.title}
          </button>
        </li>
      ))}
    </ul>
  );
}
