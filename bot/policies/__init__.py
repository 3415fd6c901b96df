"""Policies that must outrank Rasa's rules: emergencies first, second answers, the notice at first contact."""
