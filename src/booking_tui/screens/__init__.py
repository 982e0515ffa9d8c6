"""The screens, in the order of their keys."""
