"""What is said in an emergency or a crisis: whom to call, in the patient's language."""
