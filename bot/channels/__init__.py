"""The ways a patient reaches Marrow: REST for development, the shell, the website and messaging apps."""
