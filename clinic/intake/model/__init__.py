"""What an intake is made of: the questionnaire, the state of one interview, a message, and what it can be."""
