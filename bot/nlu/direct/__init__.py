"""Which of an article's direct answers fits a question best."""
