"""What is said in an emergency or a crisis, and that it is said whatever else is down."""
