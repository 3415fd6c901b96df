"""What a consultation request is and may do; imports no framework."""
