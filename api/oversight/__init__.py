"""Watching over those who may look: who looked at whom and why, looks that deserve a question, reviews."""
