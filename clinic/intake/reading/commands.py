"""Recognises commands to the intake ("go back", "skip this", "I need a break") by their wording."""

from __future__ import annotations

import re

from clinic.intake.model.decisions import CommandName
from clinic.intake.model.text import normalise, sentences

_WORDINGS: dict[CommandName, str] = {
    "back": "back|go back|previous|previous question|last question|undo|one back|step back|take me back|"
    "back to the last question|"
    "back please|go to the previous question|go one back|return to the previous question|the one before|go "
    "back one|go back a step|"
    "back one question|previous one|go to previous",
    "skip": "skip|skip this|skip it|skip that|skip this one|skip this question|skip question|skip the "
    "question|next|next question|pass|i pass|"
    "rather not say|i would rather not say|i would rather not|prefer not to say|i prefer not to say|prefer "
    "not to answer|i prefer not to answer|"
    "i would rather not answer|i would rather not answer that|i do not want to answer|i do not want to "
    "answer that|i do not want to say|"
    "i do not want to tell you|i do not want to tell|no comment|leave it blank|leave blank|leave it empty|"
    "can i skip this|can i skip|can i skip it|"
    "can we skip this|i want to skip this|i want to skip|not telling|i will not answer that|i will skip "
    "this|i will skip|skip please|"
    "i will skip this one|let us skip this|let us skip this one|move on|ask me something else|do not want "
    "to answer|do not want to say|"
    "thats private|that is private|none of your business|i would rather not tell|i would rather not share|"
    "prefer not to share",
    "pause": "pause|later|not now|save|save it|save and continue later|continue later|finish later|i will "
    "do it later|i will do this later|"
    "i need a break|take a break|brb|be right back|stop for now|i have to go|i have to go now|i must go|"
    "come back later|i will come back later|"
    "i will come back|i will continue later|i will finish later|do this later|do it later|can we do this "
    "later|can i do this later|"
    "can i continue later|can i finish later|can we continue later|maybe later|another time|tomorrow|i "
    "will continue tomorrow|let us pause|"
    "pause please|save for later|save my answers|not right now|give me a minute|can we pause|can i pause|i "
    "need to stop for now|let us continue later|"
    "i am tired|i am too tired now|i need time|hold on|wait a moment|one moment|let us do this later|i want "
    "to pause|pause the intake|i want to pause here",
    "leave": "bye|bye bye|byebye|goodbye|good bye|bye for now|see you|see you later|see you soon|good night|"
    "cya|see ya|see you tomorrow|see you around|ttyl|talk later|talk to you later|talk to you soon|catch you later|"
    "take care|have a nice day|have a good day|bye now|bye thanks|bye thank you|good bye for now|goodbye for now|"
    "thanks bye|thank you bye|thanks goodbye|thank you goodbye|that is all bye",
    "resume": "resume|continue|go on|carry on|let us continue|proceed|keep going|let us go "
    "on|continue please|go ahead|i am back|"
    "back again|let us go|where were we|where did we stop|continue where we left off|continue the "
    "intake|resume the intake|i want to continue",
    "cancel": "cancel|stop|quit|exit|abort|end|stop it|stop this|stop that|cancel it|cancel this|cancel "
    "that|cancel everything|forget it|never mind|nevermind|"
    "i do not want to continue|i do not want this|i do not want to do this|i do not want to do this "
    "anymore|i do not want to do this any more|i want to stop|"
    "i want to cancel|i want to quit|cancel the intake|cancel my request|cancel the request|stop the "
    "intake|stop the form|cancel the form|stop asking|"
    "stop asking questions|stop asking me questions|i changed my mind|forget about it|let us stop|please "
    "stop|end this|stop please|no more questions|"
    "i quit|i give up|cancel please|leave me alone|delete my answers|delete everything|drop it|discard|"
    "discard everything|i do not want to go on",
    "review": "review|summary|show my answers|show me my answers|show answers|my answers|what did i answer|"
    "what did i say|what have i answered|"
    "what have you got so far|what have you got|what do you have so far|what have you noted|what have you "
    "written|check my answers|see my answers|"
    "review my answers|let me see my answers|let me check my answers|can i see my answers|can i see what i "
    "answered|overview|show summary|show me the summary|"
    "what do you know about me|show me what you have|can i review my answers|i want to see my answers",
    "repeat": "repeat|repeat that|repeat please|say that again|say again|come again|pardon|what was the "
    "question|what was that|what is the question|"
    "repeat the question|can you repeat|can you repeat that|can you repeat the question|could you repeat "
    "that|again|again please|what did you ask|"
    "ask again|ask me again|sorry what|what did you say|which question|i forgot the question|could you "
    "repeat the question|once more|start intake",
    "why": "why|why do you ask|why do you ask that|why do you ask this|why are you asking|why are you "
    "asking this|why are you asking that|why do you need this|"
    "why do you need that|why do you need it|why do you need to know|why do you need to know that|why do "
    "you need to know this|why do you want to know|"
    "why do you want to know that|why do you want to know this|what for|what is it for|what is this for|"
    "what is that for|what do you need it for|"
    "what do you need this for|what do you need that for|why is this needed|why is that needed|why is it "
    "needed|why is this necessary|is this necessary|"
    "is that necessary|why does it matter|why does that matter|why does this matter|why should i tell you|"
    "why should i tell you that|"
    "do you need this|do you really need this|do you really need to know that|do i have to answer|do i "
    "have to answer this|must i answer|why this question|"
    "for what|why though|why would you need that|is this required|is that required|is it required|is this "
    "mandatory|do i have to|what is the reason",
    "help": "help|help me|i do not understand|i do not understand the question|i do not get it|what do you "
    "mean|what does that mean|what does this mean|"
    "what do i write|what should i write|what should i type|what should i answer|what do i type|what do i "
    "answer|how do i answer|how should i answer|"
    "example|give me an example|can you give me an example|for example|an example please|explain|explain "
    "the question|please explain|can you explain|"
    "can you explain that|what are my options|options|what are the options|what can i answer|i need help|i "
    "need help with this|huh|i am confused|"
    "i do not understand this|i do not understand that|what kind of answer|what is meant|not clear|unclear|"
    "i am lost|what",
    "person": "person|human|agent|a person|a human|talk to a person|talk to a human|speak to a person|"
    "speak to a human|real person|a real person|"
    "talk to someone|speak to someone|speak with someone|talk to a real person|speak with a person|speak "
    "with a human|i want to talk to a person|"
    "i want to talk to a human|i want to speak to a person|i want to speak to a human|i want to speak to "
    "someone|i want to talk to someone|"
    "can i talk to a person|can i speak to a person|can i talk to someone|can i speak to someone|can i "
    "talk to a human|can i speak to a human|"
    "can i talk to a real person|can i speak to a real person|operator|representative|customer service|"
    "staff|contact a person|let me talk to a person|"
    "connect me to a person|connect me with a person|connect me to a human|human please|i need a person|i "
    "need a human|i need to talk to someone",
    "restart": "restart|start over|start again|begin again|start from the beginning|from the beginning|"
    "from the start|start all over|start afresh|"
    "start anew|let us start over|i want to start over|can i start over|can we start over|begin from the "
    "start|reset|start from scratch|start it again|"
    "redo everything|do it all again|start the intake again|restart the intake|start all over again|i want "
    "to start again|can we start again",
    "keep": "keep|keep it|keep that|keep this|leave it|leave it as it is|keep it as it is|leave as is|keep "
    "as is|unchanged|no change|no changes|"
    "do not change it|do not change|same|same as before|it is the same|its fine|it is fine|that is fine|as "
    "before|keep my answer|it is right|it is correct",
    "clear": "clear|clear it|remove it|remove|remove this|remove that|delete it|delete this|delete that|"
    "remove my answer|delete my answer|erase it|erase this|"
    "empty|make it empty|clear this|clear my answer|remove this answer|delete this answer",
}
_MAX_WORDS = 30
_LOOKUP: dict[str, CommandName] = {
    wording: name for name, wordings in _WORDINGS.items() for wording in wordings.split("|")
}
_LATER = re.compile(
    r"(?:sorry |ok |okay |well |hi |hey |please |but |and )*"
    r"(?:can|could|may|shall|should|let|i will|i would like to|i would rather|i want to|i have to|i need to|i must|"
    r"we can|we could|is it (?:ok|okay|possible) (?:to|if))"
    r"(?: (?:we|i|us))? (?:please )?(?:continue|finish|go on|carry on|do|resume|complete|come back to|save)"
    r"(?: with)?(?: (?:this|it|here|that|the (?:form|rest|questions|intake|request)|the rest of (?:it|this)))?"
    r"(?: (?:later|tomorrow|tonight|another (?:time|day)|some other (?:time|day)|next (?:week|time)|"
    r"(?:in the|this|tomorrow) (?:morning|afternoon|evening)|on \w+day|in (?:an hour|a while|a bit|a minute)|"
    r"after (?:work|lunch|dinner|school)|for later))+(?: (?:please|instead|today|on|if possible))*"
)
_POLITE = re.compile(
    r"^(?:(?:please|ok|okay|well|so|um|uh|hmm|sorry|hey|hi|no|actually|and|but|oh|can you please|could you "
    r"please|could you|can you|would you|can we|could we|"
    r"i would like to|i want to|i need to|let us|let me|lets|may i|i think i will|i will|just|can i|could "
    r"i|wait) )+"
)
_POLITE_END = re.compile(
    r"(?: (?:please|thanks|thank you|now|then|for me|ok|okay|if possible|sorry|thx|for now|at the moment))+$"
)


def find_command(text: str) -> CommandName | None:
    """Return the command the whole message is, or None; a longer sentence that merely contains one is
    none, unless it asks to go on later."""
    norm = normalise(text)
    bare = _POLITE_END.sub("", norm)
    for form in (norm, bare, _POLITE.sub("", norm), _POLITE_END.sub("", _POLITE.sub("", norm))):
        if form in _LOOKUP:
            return _LOOKUP[form]
    if len(norm.split()) <= _MAX_WORDS and any(_LATER.fullmatch(normalise(part.text)) for part in sentences(text)):
        # "Can we continue this tomorrow? I have to pick up my kids": the reason may come before or after.
        return "pause"
    return None
