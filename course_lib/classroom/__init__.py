"""What a course needs and a model does not: languages, explanations, figures, explorers, exercises."""
