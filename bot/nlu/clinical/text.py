"""Tokens and their normal form: one spelling for British and American, singular and plural, apostrophe or none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from spacy.attrs import NORM
from spacy.lang.en import English
from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab, create_vocab


def word_set(text: str) -> frozenset[str]:
    """The words of a text, for the word lists in code."""
    return frozenset(text.split())


TOKEN = re.compile(
    r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"  # e-mail address
    r"|https?://\S+"
    r"|\d+(?:[.,]\d+)*"
    r"|[^\W\d_]+(?:['’‘`´][^\W\d_]+)*-?"  # word, its apostrophe kept; a hyphen stays with the word before it
    r"|\n+|[^\w\s]|_",
)
APOSTROPHES = re.compile(r"['’‘`´]")
SENTENCE_ENDS = frozenset({".", "!", "?", ";", "…"})

_UNCHANGED = word_set(
    "is as us this his has was yes its does always perhaps besides across less unless plus thus news "
    "whats thats hes shes lets heres theres wheres hows whos kms"
)
_IRREGULAR = {
    "feet": "foot", "teeth": "tooth", "children": "child", "women": "woman", "men": "man", "lives": "life",
    "wives": "wife", "halves": "half", "calves": "calf", "diagnoses": "diagnosis", "metastases": "metastasis",
    "testes": "testicle", "ovaries": "ovary", "arteries": "artery", "vertebrae": "vertebra",
}  # fmt: skip
_BRITISH = (
    ("oedema", "edema"), ("haem", "hem"), ("anaem", "anem"), ("oesoph", "esoph"), ("oestr", "estr"),
    ("diarrhoea", "diarrhea"), ("rrhoea", "rrhea"), ("paed", "ped"), ("anaesth", "anesth"), ("leukaem", "leukem"),
    ("coeliac", "celiac"), ("gynaec", "gynec"), ("foet", "fet"), ("caesar", "cesar"), ("dyspnoea", "dyspnea"),
    ("apnoea", "apnea"), ("tumour", "tumor"), ("colour", "color"), ("odour", "odor"), ("labour", "labor"),
    ("humour", "humor"), ("behaviour", "behavior"), ("favour", "favor"), ("neighbour", "neighbor"),
    ("sulph", "sulf"), ("aemia", "emia"), ("centre", "center"), ("fibre", "fiber"), ("litre", "liter"),
    ("grey", "gray"), ("swollen", "swollen"), ("ageing", "aging"), ("orthopaed", "orthoped"),
)  # fmt: skip
_ISE = re.compile(r"(?<=[a-z]{3})is(e|ed|es|ing|ation)$")
_NOT_ISE = word_set(
    "exercise exercised exercises exercising raised bruise bruised bruises bruising noise promise surprise advise "
    "advised otherwise likewise rise arise wise disease diseased precise raise raising rising promised"
)


def normal_form(word: str, respellings: Mapping[str, str] | None = None) -> str:
    """The form under which a word is looked up.

    Takes a word as written and known respellings (lower case, without apostrophe -> right word).

    Returns:
        Lower case, no apostrophe, American spelling, singular; "Diarrhoea's" -> "diarrhea".
    """
    form = APOSTROPHES.sub("", word.lower())
    if len(form) > 1:
        form = form.rstrip("-")
    if respellings and form in respellings:
        form = respellings[form]
    if form in _UNCHANGED or not form.isalpha():
        return form
    if form in _IRREGULAR:
        return _IRREGULAR[form]
    for british, american in _BRITISH:
        if british in form:
            form = form.replace(british, american)
    if form not in _NOT_ISE and "is" in form:
        form = _ISE.sub(r"iz\1", form)
    return _singular(form)


def _singular(form: str) -> str:
    if len(form) < 4 or not form.endswith("s") or form.endswith(("ss", "us", "is")):
        return form
    if form.endswith("ies") and len(form) > 4:
        return form[:-3] + "y"
    if form.endswith(("ches", "shes", "sses", "xes", "zes")) and form not in {"aches", "headaches", "toothaches"}:
        return form[:-2]
    return form[:-1]


class ChatTokenizer:
    """Splits a chat message into spaCy tokens.

    A word keeps its apostrophe, so that "can't" and "cant" are one word; white space makes no token, so that two blanks
    do not part a phrase. `offsets(doc)` leads back to the message as written.
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """The tokens of a text with their normal forms."""
        words: list[str] = []
        places: list[tuple[int, int]] = []
        for match in TOKEN.finditer(text):
            words.append(match.group())
            places.append(match.span())
        doc = Doc(self.vocab, words=words)
        doc.user_data["places"] = places
        return doc


def offsets(doc: Doc, start: int, end: int) -> tuple[int, int]:
    """First and last character, in the message as written, of the tokens start..end; a closing hyphen left out."""
    places = doc.user_data["places"]
    last = places[end - 1][1]
    if doc[end - 1].text.endswith("-") and len(doc[end - 1].text) > 1:
        last -= 1
    return places[start][0], last


def mark_sentences(doc: Doc) -> Doc:
    """Sets sentence starts after closing punctuation and line breaks."""
    start = True
    for token in doc:
        token.is_sent_start = start
        closing = token.text in SENTENCE_ENDS or "\n" in token.text
        start = closing and not (token.text == "." and _is_abbreviation(doc, token.i))
    return doc


def _is_abbreviation(doc: Doc, index: int) -> bool:
    before = doc[index - 1].lower_ if index else ""
    return before in {"dr", "mr", "mrs", "ms", "st", "vs", "e", "g", "eg", "approx", "prof"}


def build_language(normalise: Callable[[str], str]) -> Language:
    """A blank English pipeline whose tokens carry `normalise(text)` as NORM."""
    # The getter comes before the pipeline: making one already stores words, with the norms of that moment.
    vocab = create_vocab("en", English.Defaults)
    vocab.lex_attr_getters[NORM] = normalise
    nlp = English(vocab=vocab)
    nlp.tokenizer = ChatTokenizer(nlp.vocab)
    return nlp
