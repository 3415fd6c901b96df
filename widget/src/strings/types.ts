/** Every text the widget itself shows. One file per language exports an object of this shape. */

export interface Strings {
  title: string;
  assistantRole: string;
  unread: (count: number) => string;
  minimise: string;
  end: string;
  /** That the assistant understands English only, and the emergency numbers; "" in English. Stands before everything else. */
  onlyEnglish: string;
  notice: string;
  emergencyNotice: string;
  privacy: string;
  privacyLink: string;
  /** Ways to begin: what the chip says, and what is sent for it. */
  starters: { title: string; payload: string }[];
  log: string;
  you: string;
  assistant: string;
  writing: string;
  composer: string;
  composerPlaceholder: string;
  composerPlaceholderQuestion: string;
  composerPlaceholderAnswer: string;
  send: string;
  sending: string;
  failed: string;
  /** Beside a message that was not sent. */
  callInstead: string;
  retry: string;
  retryIn: (seconds: number) => string;
  failures: Record<string, string>;
  offline: string;
  online: string;
  restoring: string;
  restoreFailed: string;
  earlier: string;
  expired: string;
  ended: string;
  newMessage: string;
  chatNumber: (id: string) => string;
  confirmEndTitle: string;
  confirmEnd: string;
  confirmEndYes: string;
  confirmEndNo: string;
  /** Asks for the code with which an unsent intake goes on elsewhere. */
  elsewhere: string;
  progress: (step: number, total: number) => string;
  /** How far one is in a part of the questions, and which part of how many it is. */
  sectionProgress: (section: { label: string; number: number; sections: number; step: number; total: number }) => string;
  sendWhatIHave: string;
  showMore: (count: number) => string;
  commands: { back: string; skip: string; pause: string; stop: string };
  choose: string;
  chooseSeveral: string;
  somethingElse: string;
  sendSelected: (count: number) => string;
  keep: (value: string) => string;
  yes: string;
  no: string;
  day: string;
  month: string;
  year: string;
  monthPlaceholder: string;
  useDate: string;
  badDate: string;
  fields: Record<string, string>;
  badField: Record<string, string>;
  evidence: Record<string, { label: string; meaning: string }>;
  sources: (count: number) => string;
  sourceKinds: Record<string, string>;
  newTab: string;
  also: string;
  related: string;
  suggestions: string;
  helpful: string;
  helpfulYes: string;
  helpfulNo: string;
  thanks: string;
  voteFailed: string;
  summary: string;
  notAsked: string;
  change: string;
  changeItem: (label: string) => string;
  noAnswer: string;
  reference: string;
  referenceHelp: string;
  code: string;
  copy: string;
  copied: string;
  copyFailed: string;
  print: string;
  clear: string;
  statuses: Record<string, string>;
  emergency: string;
  /** The same in a word, once the message is one line; part of `emergency`. */
  emergencyLine: string;
  crisis: string;
  call: string;
  text: string;
  callNumber: (number: string) => string;
  textNumber: (number: string) => string;
  dismissSafety: string;
  contact: string;
  contactFields: Record<string, string>;
}
