/** A scripted assistant: short conversations that produce every object of the wire contract. For development and tests only. */

const TOPICS = {
  lupus_definition: {
    pattern: /what is lupus|about lupus/i,
    title: "What lupus is",
    evidence: "established",
    text: "Lupus is a long-term illness in which the immune system attacks the body's own healthy tissue.\n\nIt can affect:\n- skin and joints\n- kidneys, heart or lungs\n- blood and nerves\n\nIt often comes in flares, with quieter times between them.",
    sources: [
      { title: "Lupus", kind: "health-body", ref: "niams.nih.gov" },
      { title: "What is lupus?", kind: "health-body", ref: "https://www.lupus.org/resources/what-is-lupus" },
    ],
    related: ["lupus_symptoms", "therapy_benefits", "clinic_claims"],
  },
  lupus_symptoms: {
    pattern: /symptoms of lupus|lupus symptoms/i,
    title: "Symptoms of lupus",
    evidence: "established",
    text: "Many people with lupus have tiredness, joint pain, a rash and fever. No two people are the same.",
    sources: [{ title: "Lupus symptoms", kind: "health-body", ref: "cdc.gov" }],
    related: ["lupus_definition"],
    also: ["therapy_benefits"],
  },
  therapy_benefits: {
    pattern: /does stem cell|stem cell therapy work|what stem cell therapy can/i,
    title: "What stem cell therapy can and cannot do",
    evidence: "limited",
    text: "Nobody can promise that it works. Some small studies saw lupus become quieter, and some people relapsed later. No regulator we know of has approved stem cells for lupus.",
    sources: [
      { title: "Haemopoietic stem cell transplantation in systemic lupus erythematosus, a systematic review", kind: "journal", ref: "PMC6751808" },
      { title: "Important patient and consumer information about regenerative medicine therapies", kind: "regulator", ref: "US Food and Drug Administration, fda.gov" },
      { title: "Trial of mesenchymal cells in lupus", kind: "journal", ref: "clinicaltrials.gov, NCT02633163" },
    ],
    related: ["clinic_claims", "lupus_definition"],
  },
  clinic_claims: {
    pattern: /what clinics say|clinic claims/i,
    title: "What clinics say about results",
    evidence: "clinic-claim",
    text: "One clinic says that most of its patients feel better after treatment. It does not publish checked figures.",
    sources: [{ title: "Stem Cell Therapy for Lupus", kind: "clinic", ref: "PlacidWay" }],
    related: ["therapy_benefits"],
  },
};

const choices = (pairs) => Object.entries(pairs).map(([value, label]) => ({ value, label }));

const QUESTIONS = [
  { id: "consent_privacy", label: "Privacy consent", kind: "yesno", required: true, text: "Before we start, I need your permission. I will keep the answers you give here, so that the clinic can prepare a consultation. That includes health details. Do you agree?", choices: choices({ yes: "Yes, I agree", no: "No, I do not agree" }) },
  { id: "for_whom", label: "Who is the patient", kind: "choice", required: true, text: "Is this consultation for you, or for someone else?", choices: choices({ self: "For me", someone_else: "For someone else" }) },
  { id: "full_name", label: "Full name", kind: "text", required: true, text: "What is your full name?" },
  { id: "date_of_birth", label: "Date of birth", kind: "date", required: true, text: "What is your date of birth?" },
  { id: "country", label: "Country of residence", kind: "text", required: true, text: "In which country do you live?" },
  { id: "email", label: "E-mail address", kind: "text", required: true, text: "What is your e-mail address?" },
  { id: "phone", label: "Phone number", kind: "text", required: false, text: "What is your phone number, with the country code?" },
  { id: "diagnosis_year", label: "Year of diagnosis", kind: "number", required: false, text: "In which year was lupus found?" },
  {
    id: "symptoms", label: "Symptoms now", kind: "multi", required: true,
    text: 'Which symptoms do you have now? You can name several, in your own words. If you have none, type "none".',
    choices: choices({ fatigue: "Fatigue", joint_pain: "Joint pain", joint_swelling: "Swollen joints", rash: "Rash", butterfly_rash: "Rash over nose and cheeks", fever: "Fever", hair_loss: "Hair loss", mouth_ulcers: "Mouth sores", photosensitivity: "Sensitive to sunlight", raynaud: "Fingers turn white or blue", none: "None" }),
  },
  { id: "active_infection", label: "Infection now", kind: "yesno", required: true, text: "Do you have an infection at the moment?", choices: choices({ yes: "Yes", no: "No", not_sure: "Not sure" }) },
  { id: "question_for_doctor", label: "Your question for the doctor", kind: "text", required: false, text: "Is there anything you would like to ask the doctor? Write it in your own words, and I will pass it on as it is." },
  { id: "consent_contact", label: "Permission to contact you", kind: "yesno", required: true, text: "May the clinic contact you about this request?", choices: choices({ yes: "Yes, they may", no: "No, they may not" }) },
];

const SAFETY_BUTTONS = [{ title: "It is not happening now", payload: "It is not happening now" }];

const EMERGENCY = {
  text: "Call 911 or 112 now (or your local emergency number). What you describe may be an emergency, and it needs people who can come to you at once. I am an automated assistant, and nobody is watching this chat.",
  custom: { safety: { kind: "emergency", numbers: [{ name: "Emergency services", number: "911", how: "call" }, { name: "Emergency services", number: "112", how: "call" }] } },
};

const CRISIS = {
  text: "Please contact one of these lines now: a person there will listen, and you do not have to face this alone. I am an automated assistant and nobody is watching this chat.",
  custom: { safety: { kind: "crisis", numbers: [{ name: "988 Suicide and Crisis Lifeline", number: "988", how: "call or text" }, { name: "Emergency services", number: "911", how: "call" }] } },
};

const HANDOFF = {
  text: "Of course. To reach a person at the clinic, call or write. Nobody reads this chat live.",
  custom: { handoff: { contact: { phone: "+1 202 555 0142", email: "care@harbour-clinic.example.org", address: "1 Example Quay, Harbour Town (a fictional address)", name: "Harbour Lupus & Cell Therapy Clinic", hours: "Monday to Wednesday 9:00 to 17:00, Thursday 9:00 to 19:00" } } },
};

const FALLBACK = {
  text: "I am not sure that I understood. You can say it in other words, or choose one of these.",
  custom: { fallback: { suggestions: ["lupus_definition", "therapy_benefits"].map((id) => ({ id, title: TOPICS[id].title })) } },
};

function article(id) {
  const { title, evidence, text, sources, related, also = [] } = TOPICS[id];
  const topics = (ids) => ids.map((other) => ({ id: other, title: TOPICS[other].title }));
  return { text, custom: { faq: { id, title, evidence, sources, related: topics(related), ...(also.length > 0 && { also: topics(also) }) } } };
}

function asQuestion(memory) {
  const { id, kind, text, choices: offered = [], required } = QUESTIONS[memory.at];
  const answer = memory.answers[id] ?? (id === "country" ? memory.mentioned : null);
  const prefilled = answer && kind === "multi" ? answer.split(", ").map((said) => ({ code: offered.find((choice) => [choice.value, choice.label].includes(said))?.value ?? null, text: said })) : answer || null;
  const buttons = offered.map(({ value, label }) => ({ title: label, payload: value }));
  if (memory.answers[id]) buttons.push({ title: "Keep my answer", payload: "keep" });
  else if (!required) buttons.push({ title: "Skip", payload: "skip" });
  const section = sectionAt(memory.at);
  const canSend = section.number > 1;
  const hints = [`(${section.label}, ${section.step} of ${section.total} – part ${section.number} of ${section.sections})`];
  if (canSend) {
    hints.push("To stop here and send, type “send what I have”.");
    buttons.push({ title: "Send what I have", payload: "send what i have" });
  }
  const question = { id, kind, choices: offered, required, step: memory.at + 1, total: QUESTIONS.length, section, can_send: canSend, prefilled };
  return { text: [text, ...hints].join("\n"), buttons, custom: { question } };
}

/** Where the question stands: the first seven are about the person, the others are the further ones. */
function sectionAt(at) {
  const first = 7;
  const [label, number, before, total] = at < first ? ["You", 1, 0, first] : ["Your health", 2, first, QUESTIONS.length - first];
  return { id: number === 1 ? "you" : "health", label, number, sections: 2, step: at - before + 1, total };
}

function review(memory) {
  const shown = (question) => {
    const value = memory.answers[question.id] ?? "";
    return value.split(", ").map((part) => (question.choices ?? []).find((choice) => choice.value === part)?.label ?? part).join(", ");
  };
  const told = QUESTIONS.filter((question) => memory.answers[question.id] !== undefined);
  const items = told.map((question) => ({ id: question.id, label: question.label, value: shown(question) }));
  const unasked = QUESTIONS.filter((question) => !told.includes(question)).map(({ id, label }) => ({ id, label }));
  return [
    { text: ["Here is what I have:", ...items.map((item, index) => `${index + 1}. ${item.label}: ${item.value}`)].join("\n"), custom: { summary: { items, not_asked: unasked } } },
    { text: "Shall I send this to the clinic?", custom: { question: { id: "review", kind: "choice", choices: choices({ send: "Send to the clinic", change: "Change something", pause: "Pause" }), required: true, step: QUESTIONS.length, total: QUESTIONS.length, prefilled: null } } },
  ];
}

const askNow = (memory) => (memory.at < QUESTIONS.length ? [asQuestion(memory)] : review(memory));

/** A new conversation's memory. */
export function newMemory() {
  return { at: null, left: null, answers: {}, returning: false, mentioned: null };
}

/** The replies to `text`; changes `memory`. */
export function replyTo(memory, text) {
  const said = text.trim();
  const lower = said.toLowerCase();
  if (/chest pain|can't breathe|cannot breathe|cant breathe/.test(lower)) return alarm(memory, EMERGENCY);
  if (/kill myself|end my life|want to die/.test(lower)) return alarm(memory, CRISIS);
  const topic = Object.keys(TOPICS).find((id) => TOPICS[id].pattern.test(said) || TOPICS[id].title.toLowerCase() === lower);
  if (topic) return [article(topic), ...(memory.at === null ? [] : askNow(memory))];
  if (/a person|human/.test(lower)) return [HANDOFF, ...(memory.at === null ? [] : askNow(memory))];
  if (/<b>|javascript:/.test(lower)) return [{ text: "<b>Not bold</b> <img src=x onerror=alert(1)> javascript:alert(1) and https://example.org/page." }];
  if (memory.at === null) return outside(memory, said, lower);
  return inside(memory, said, lower);
}

/** A safety message with its ways on; an intake that is under way is left, and found again. */
function alarm(memory, message) {
  if (memory.at !== null) memory.left = memory.at;
  memory.at = null;
  const back = memory.left === null ? [] : [{ title: `Go on with my request (question ${memory.left + 1})`, payload: "Go on with my request" }];
  return [{ ...message, buttons: [...SAFETY_BUTTONS, ...back] }];
}

function outside(memory, said, lower) {
  if (/go on with|not happening now|resume/.test(lower) && memory.left !== null) {
    [memory.at, memory.left] = [memory.left, null];
    return askNow(memory);
  }
  if (/not happening now/.test(lower)) return [{ text: "Good. How can I help you?" }];
  if (/consultation|resume/.test(lower)) {
    memory.mentioned = /in mexico/.test(lower) ? "Mexico" : memory.mentioned;
    memory.at ??= 0;
    return [{ text: "I will ask a few questions. You can pause at any time." }, ...askNow(memory)];
  }
  if (/^(hello|hi)\b/.test(lower)) {
    return [{ text: "Hello. How can I help you?", buttons: [{ title: "Request a consultation", payload: "I want to request a consultation" }, { title: "What is lupus?", payload: "What is lupus?" }] }];
  }
  if (/mr-7f3k/.test(lower)) return [{ text: "Here is what I found.", custom: { request: { reference: "MR-7F3K-9Q2M", status: "in_review" } } }];
  return [FALLBACK];
}

function inside(memory, said, lower) {
  if (lower === "pause") {
    [memory.left, memory.at] = [memory.at, null];
    return [{ text: "I have kept your answers. Say \"resume\" when you want to go on.", buttons: [{ title: "Resume", payload: "resume my consultation" }] }];
  }
  if (lower === "send what i have") {
    memory.at = QUESTIONS.length;
    return askNow(memory);
  }
  if (lower === "back") {
    memory.at = Math.max(0, memory.at - 1);
    return askNow(memory);
  }
  const change = /^change (.+)$/.exec(lower);
  const target = change ? QUESTIONS.findIndex((question) => question.label.toLowerCase() === change[1]) : -1;
  if (target >= 0) {
    memory.at = target;
    memory.returning = true;
    return askNow(memory);
  }
  if (memory.at === QUESTIONS.length) {
    if (lower !== "send") return askNow(memory);
    memory.at = null;
    return [{ text: "Thank you. The clinic has your request and will contact you.", custom: { request: { reference: "MR-7F3K-9Q2M", status: "new" } } }];
  }
  const question = QUESTIONS[memory.at];
  const kept = lower === "keep" && memory.answers[question.id];
  const problem = kept ? null : problemWith(question, said, lower);
  if (problem) return [{ text: problem }, ...askNow(memory)];
  if (!kept) memory.answers[question.id] = lower === "skip" ? "" : said;
  memory.at = memory.returning ? QUESTIONS.length : memory.at + 1;
  memory.returning = false;
  return askNow(memory);
}

function problemWith(question, said, lower) {
  if (lower === "skip") return question.required ? "This one is needed, so I cannot skip it." : null;
  if (question.id === "email" && !/\S+@\S+\.\S+/.test(said)) return "An e-mail address has an @ sign and no spaces.";
  if (["choice", "yesno"].includes(question.kind)) {
    const known = question.choices.some((choice) => [choice.value, choice.label.toLowerCase()].includes(lower));
    if (!known) return "I could not match that with the answers.";
  }
  return null;
}
