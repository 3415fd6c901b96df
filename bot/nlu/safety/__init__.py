"""Detection of emergencies and crises in what a patient writes."""
